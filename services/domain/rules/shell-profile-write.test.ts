import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { shellProfileWrite } from './shell-profile-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(shellProfileWrite, [
  {
    why: 'a shell writes what every shell runs',
    event: wrote(sh, '/etc/profile.d/x.sh'),
    finds: 'write /etc/profile.d/x.sh',
  },
  { why: 'reading it is no change', event: opened(sh, '/etc/profile.d/x.sh'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/profile.d/x.sh', { result: -13 }),
    finds: undefined,
  },
  {
    why: 'useradd copies the skeleton',
    event: wrote(process('/usr/sbin/useradd ada'), '/etc/profile.d/x.sh'),
    finds: undefined,
  },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/profile.d/x.sh'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/profile.d/x.sh'),
    finds: 'write /etc/profile.d/x.sh',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'somebody’s own is less grave',
    event: wrote(sh, '/home/ada/.bashrc'),
    finds: 'write /home/<user>/.bashrc',
    severity: 'medium',
  },
  {
    why: 'people edit their own',
    event: wrote(process('/usr/bin/vim /home/ada/.bashrc'), '/home/ada/.bashrc'),
    finds: undefined,
  },
  {
    why: 'editing everybody’s is another matter',
    event: wrote(process('/usr/bin/vim'), '/etc/profile'),
    finds: 'write /etc/profile',
    severity: 'high',
  },
]);
