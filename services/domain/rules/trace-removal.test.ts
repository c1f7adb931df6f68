import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { traceRemoval } from './trace-removal.ts';

const run = (command: string, parent = '/usr/bin/bash') => executed(process(command, parent));

testDetector(traceRemoval, [
  { why: 'a log', event: run('/usr/bin/rm -f /var/log/auth.log'), finds: 'rm /var/log/auth.log' },
  {
    why: 'a history',
    event: run('/usr/bin/shred -u /home/ada/.bash_history'),
    finds: 'shred /home/<user>/.bash_history',
  },
  {
    why: 'a history that leads nowhere',
    event: run('/usr/bin/ln -sf /dev/null /root/.bash_history'),
    finds: 'ln /root/.bash_history',
  },
  { why: 'rotation', event: run('/usr/bin/rm /var/log/syslog', '/usr/sbin/logrotate'), finds: undefined },
  { why: 'another file', event: run('/usr/bin/rm -rf node_modules'), finds: undefined },
]);
