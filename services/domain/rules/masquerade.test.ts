import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { masquerade } from './masquerade.ts';

const named = (exe: string, ...args: string[]) => {
  const event = executed(process('x', '/usr/bin/bash'));
  return { ...event, process: { ...event.process, exe, args } };
};

testDetector(masquerade, [
  { why: 'calls itself a thread of the kernel', event: named('/opt/x', '[kworker/0:1]'), finds: 'hidden /opt/x' },
  { why: 'without brackets too', event: named('/opt/x', 'kworker/0:1'), finds: 'hidden /opt/x' },
  { why: 'a blank at the end', event: named('/opt/init ', 'init '), finds: 'hidden /opt/init ' },
  { why: 'dots', event: named('/opt/...', '...'), finds: 'hidden /opt/...' },
  { why: 'the test command', event: named('/usr/bin/[', '[', '-f', 'x', ']'), finds: undefined },
  { why: 'a login shell', event: named('/usr/bin/bash', '-bash'), finds: undefined },
]);
