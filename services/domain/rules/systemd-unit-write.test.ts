import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { systemdUnitWrite } from './systemd-unit-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(systemdUnitWrite, [
  {
    why: 'a shell writes a unit',
    event: wrote(sh, '/etc/systemd/system/evil.service'),
    finds: 'write /etc/systemd/system/evil.service',
  },
  ...['/etc', '/run'].map(folder => ({
    why: `a shell writes what systemctl set-property would, below ${folder}`,
    event: wrote(sh, `${folder}/systemd/system.control/sshd.service.d/x.conf`),
    finds: `write ${folder}/systemd/system.control/sshd.service.d/x.conf`,
  })),
  {
    why: 'systemd keeps a property that it was told',
    event: wrote(process('/usr/lib/systemd/systemd --system'), '/run/systemd/system.control/sshd.service.d/x.conf'),
    finds: undefined,
  },
  { why: 'reading it is no change', event: opened(sh, '/etc/systemd/system/evil.service'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/systemd/system/evil.service', { result: -13 }),
    finds: undefined,
  },
  {
    why: 'systemctl links units',
    event: wrote(process('/usr/bin/systemctl enable x'), '/etc/systemd/system/evil.service'),
    finds: undefined,
  },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/systemd/system/evil.service'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/systemd/system/evil.service'),
    finds: 'write /etc/systemd/system/evil.service',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'a timer of a user is less grave',
    event: wrote(sh, '/home/ada/.config/systemd/user/x.timer'),
    finds: 'write /home/<user>/.config/systemd/user/x.timer',
    severity: 'medium',
  },
]);
