import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { accountWrite } from './account-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(accountWrite, [
  { why: 'a shell writes accounts', event: wrote(sh, '/etc/passwd'), finds: 'write /etc/passwd' },
  { why: 'reading it is no change', event: opened(sh, '/etc/passwd'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/passwd', { result: -13 }),
    finds: undefined,
  },
  { why: 'useradd makes accounts', event: wrote(process('/usr/sbin/useradd ada'), '/etc/passwd'), finds: undefined },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/passwd'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/passwd'),
    finds: 'write /etc/passwd',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  { why: 'a sudo rule', event: wrote(sh, '/etc/sudoers.d/x'), finds: 'write /etc/sudoers.d/x', severity: 'critical' },
]);
