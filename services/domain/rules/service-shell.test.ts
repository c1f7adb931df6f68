import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { serviceShell } from './service-shell.ts';

const run = (command: string | string[], server = '/usr/sbin/nginx') => executed(process(command, server));
const script = withFields(process('/bin/sh /usr/share/x', '/usr/sbin/apache2'), { script: '/usr/share/x' });

testDetector(serviceShell, [
  { why: 'a web server runs a shell', event: run(['/bin/sh', '-c', 'id']), finds: 'nginx starts sh' },
  {
    why: 'PHP asks who it is',
    event: run('/usr/bin/whoami', '/usr/sbin/php-fpm8.2'),
    finds: 'php-fpm8.2 starts whoami',
  },
  {
    why: 'a database fetches a file',
    event: run('/usr/bin/curl http://x', '/usr/sbin/mysqld'),
    finds: 'mysqld starts curl',
  },
  {
    why: 'PHP sends mail so',
    event: run(['/bin/sh', '-c', '/usr/sbin/sendmail -t'], '/usr/sbin/php-fpm8.2'),
    finds: undefined,
  },
  {
    why: 'PostgreSQL archives so',
    event: run(['/bin/sh', '-c', 'cp pg_wal/0001 /archive'], '/usr/lib/postgresql/15/bin/postgres'),
    finds: undefined,
  },
  { why: 'a script of the package', event: executed(script), finds: undefined },
  { why: 'a shell of somebody’s', event: run('/bin/sh', '/usr/bin/tmux'), finds: undefined },
]);
