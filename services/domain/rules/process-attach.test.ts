import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { processAttach } from './process-attach.ts';

const run = (command: string) => executed(process(command, '/usr/bin/bash'));

testDetector(processAttach, [
  { why: 'gdb into a process', event: run('/usr/bin/gdb -p 4711'), finds: 'gdb attaches', severity: 'medium' },
  { why: 'strace of a process', event: run('/usr/bin/strace -f -p 4711'), finds: 'strace attaches', severity: 'low' },
  { why: 'strace of its own program', event: run('/usr/bin/strace -f ls'), finds: undefined },
  { why: 'gdb of its own program', event: run('/usr/bin/gdb ./a.out'), finds: undefined },
]);
