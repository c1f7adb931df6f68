import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { pamWrite } from './pam-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(pamWrite, [
  { why: 'a shell changes who is let in', event: wrote(sh, '/etc/pam.d/sshd'), finds: 'write /etc/pam.d/sshd' },
  { why: 'reading it is no change', event: opened(sh, '/etc/pam.d/sshd'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/pam.d/sshd', { result: -13 }),
    finds: undefined,
  },
  {
    why: 'pam-auth-update keeps it',
    event: wrote(process('/usr/sbin/pam-auth-update'), '/etc/pam.d/sshd'),
    finds: undefined,
  },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/pam.d/sshd'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/pam.d/sshd'),
    finds: 'write /etc/pam.d/sshd',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'a module itself',
    event: wrote(sh, '/usr/lib/x86_64-linux-gnu/security/pam_unix.so'),
    finds: 'write /usr/lib/x86_64-linux-gnu/security/pam_unix.so',
  },
]);
