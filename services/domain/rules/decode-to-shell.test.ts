import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { decodeToShell } from './decode-to-shell.ts';

const bash = process('/usr/bin/bash');
const base64 = process('/usr/bin/base64 -d', bash);
const line = (text: string) => executed(process(['/bin/bash', '-c', text], bash));

testDetector(decodeToShell, [
  { why: 'in one line', event: line('echo aWQ= | base64 -d | sh'), finds: 'decoded text into a shell' },
  { why: 'typed', event: executed(process('/usr/bin/sh', bash)), before: [base64], finds: 'decoded text into a shell' },
  { why: 'decoded into a file', event: line('base64 -d x > y'), finds: undefined },
  {
    why: 'encoding hides nothing',
    event: executed(process('/usr/bin/sh', bash)),
    before: [process('/usr/bin/base64 x', bash)],
    finds: undefined,
  },
]);
