import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { logTamper } from './log-tamper.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(logTamper, [
  { why: 'a shell changes who was here', event: wrote(sh, '/var/log/wtmp'), finds: 'write /var/log/wtmp' },
  { why: 'reading it is no change', event: opened(sh, '/var/log/wtmp'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/var/log/wtmp', { result: -13 }),
    finds: undefined,
  },
  { why: 'login keeps it', event: wrote(process('/usr/bin/login'), '/var/log/wtmp'), finds: undefined },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/var/log/wtmp'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/var/log/wtmp'),
    finds: 'write /var/log/wtmp',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'emptying it is graver',
    event: wrote(sh, '/var/log/auth.log', { flags: 0x201 }),
    finds: 'write /var/log/auth.log',
    severity: 'critical',
  },
  { why: 'an application’s log is its own', event: wrote(sh, '/var/log/app/x.log'), finds: undefined },
]);
