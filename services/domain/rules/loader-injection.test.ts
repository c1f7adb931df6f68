import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { loaderInjection } from './loader-injection.ts';

const run = (command: string, loader: readonly string[], ...by: string[]) =>
  executed(withFields(process(command, ...by), { loader }));

testDetector(loaderInjection, [
  {
    why: 'a library from /tmp in a shell',
    event: run('/usr/bin/ls', ['LD_PRELOAD=/tmp/evil.so'], '/usr/bin/bash'),
    finds: 'preload /tmp/evil.so',
    severity: 'high',
  },
  {
    why: 'behind a harmless one',
    event: run('/usr/sbin/sshd', ['LD_PRELOAD=/usr/lib/libeatmydata.so /dev/shm/x.so']),
    finds: 'preload /dev/shm/x.so',
  },
  { why: 'an auditing library', event: run('/usr/bin/id', ['LD_AUDIT=/var/tmp/a.so']), finds: 'preload /var/tmp/a.so' },
  {
    why: 'an allocator of the system',
    event: run('/usr/bin/redis-server', ['LD_PRELOAD=/usr/lib/libjemalloc.so.2']),
    finds: undefined,
  },
  {
    why: 'a path to look for libraries in, as developers use it',
    event: run('/home/ann/x', ['LD_LIBRARY_PATH=/tmp/lib']),
    finds: undefined,
  },
  { why: 'a build', event: run('/usr/bin/true', ['LD_PRELOAD=/tmp/x/libfake.so'], '/usr/bin/make'), finds: undefined },
  { why: 'no such variable', event: run('/usr/bin/ls', []), finds: undefined },
]);
