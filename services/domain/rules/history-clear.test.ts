import { testDetector } from '../detectors/case-table.ts';
import { process, wrote } from '../detectors/sample-events.ts';
import { historyClear } from './history-clear.ts';

const bash = process('/usr/bin/bash');

testDetector(historyClear, [
  {
    why: 'emptied in place',
    event: wrote(bash, '/root/.bash_history', { flags: 0x241 }),
    finds: 'empty /root/.bash_history',
  },
  { why: 'a shell appends', event: wrote(bash, '/root/.bash_history', { flags: 0x401 }), finds: undefined },
  { why: 'another file emptied', event: wrote(bash, '/root/notes', { flags: 0x241 }), finds: undefined },
]);
