import { testDetector } from '../detectors/case-table.ts';
import { accessed, process, withFields } from '../detectors/sample-events.ts';
import { processInjection } from './process-injection.ts';

const sshd = process('/usr/sbin/sshd -D');
const tracer = process('/tmp/inject', '/usr/bin/bash');

testDetector(processInjection, [
  {
    why: 'a tool of its own writes into sshd',
    event: accessed(tracer, 'write-memory', sshd),
    finds: 'write-memory sshd',
    severity: 'critical',
  },
  {
    why: 'takes a connection of it',
    event: accessed(tracer, 'take-descriptor', sshd),
    finds: 'take-descriptor sshd',
    severity: 'high',
  },
  {
    why: 'a supervisor takes a socket of a container',
    event: accessed(process('/usr/bin/bypass4netns'), 'take-descriptor', sshd),
    finds: undefined,
  },
  {
    why: 'but traces nobody',
    event: accessed(process('/usr/bin/bypass4netns'), 'trace', sshd),
    finds: 'trace sshd',
  },
  { why: 'attaches to it', event: accessed(tracer, 'trace', sshd), finds: 'trace sshd', severity: 'high' },
  {
    why: 'attaches to another user’s',
    event: accessed(tracer, 'trace', withFields(sshd, { uid: 1000 })),
    finds: 'trace sshd',
    severity: 'critical',
  },
  { why: 'a process that is not known', event: accessed(tracer, 'trace', undefined), finds: 'trace unknown' },
  { why: 'a debugger', event: accessed(process('/usr/bin/gdb -p 1'), 'write-memory', sshd), finds: undefined },
  {
    why: 'a debugger, of the agent',
    event: accessed(process('/usr/bin/gdb -p 1'), 'trace', process('/opt/picket/bin/node agent/main.ts run')),
    finds: 'trace node',
  },
  { why: 'its own child', event: accessed(tracer, 'trace', process('/usr/bin/true', tracer)), finds: undefined },
  { why: 'itself', event: accessed(tracer, 'write-memory', tracer), finds: undefined },
  { why: 'reading is told by other rules', event: accessed(tracer, 'read-memory', sshd), finds: undefined },
  { why: 'refused', event: accessed(tracer, 'trace', sshd, { result: -1 }), finds: undefined },
]);
