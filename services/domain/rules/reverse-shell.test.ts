import { ProcessFlag } from '@picket/proto';
import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { reverseShell } from './reverse-shell.ts';

const both = { flags: ProcessFlag.STDIN_SOCKET | ProcessFlag.STDOUT_SOCKET };
const found = 'sh on a socket, started by /usr/bin/python3';

testDetector(reverseShell, [
  {
    why: 'a shell that a connection feeds',
    event: executed(withFields(process('/bin/sh -i', '/usr/bin/python3'), both)),
    finds: found,
    severity: 'critical',
  },
  {
    why: 'input alone is enough',
    event: executed(withFields(process('/bin/sh', '/usr/bin/python3'), { flags: ProcessFlag.STDIN_SOCKET })),
    finds: found,
  },
  { why: 'a shell on a terminal', event: executed(process('/bin/sh', '/usr/bin/python3')), finds: undefined },
  { why: 'no shell', event: executed(withFields(process('/usr/bin/cat', '/usr/bin/python3'), both)), finds: undefined },
  {
    why: 'sshd runs commands so',
    event: executed(withFields(process('/bin/bash -c ls', '/usr/sbin/sshd'), both)),
    finds: undefined,
  },
  {
    why: 'an sshd in /tmp is not sshd',
    event: executed(withFields(process('/bin/bash', '/tmp/sshd'), both)),
    finds: 'bash on a socket, started by /tmp/sshd',
  },
  {
    why: 'an exec that failed started nothing',
    event: executed(withFields(process('/bin/sh', '/usr/bin/python3'), both), { result: -2 }),
    finds: undefined,
  },
]);
