import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { authorizedKeysWrite } from './authorized-keys-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(authorizedKeysWrite, [
  {
    why: 'a shell grants a login',
    event: wrote(sh, '/root/.ssh/authorized_keys'),
    finds: 'write /root/.ssh/authorized_keys',
  },
  { why: 'reading it is no change', event: opened(sh, '/root/.ssh/authorized_keys'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/root/.ssh/authorized_keys', { result: -13 }),
    finds: undefined,
  },
  {
    why: 'the cloud’s agent does what its console says',
    event: wrote(process('/usr/bin/google_guest_agent'), '/root/.ssh/authorized_keys'),
    finds: undefined,
  },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/root/.ssh/authorized_keys'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/root/.ssh/authorized_keys'),
    finds: 'write /root/.ssh/authorized_keys',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  { why: 'the rules of sshd', event: wrote(sh, '/etc/ssh/sshd_config'), finds: 'write /etc/ssh/sshd_config' },
]);
