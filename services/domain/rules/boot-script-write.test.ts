import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { bootScriptWrite } from './boot-script-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(bootScriptWrite, [
  { why: 'a shell writes what root runs at boot', event: wrote(sh, '/etc/rc.local'), finds: 'write /etc/rc.local' },
  { why: 'reading it is no change', event: opened(sh, '/etc/rc.local'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/rc.local', { result: -13 }),
    finds: undefined,
  },
  { why: 'systemd itself', event: wrote(process('/usr/lib/systemd/systemd'), '/etc/rc.local'), finds: undefined },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/rc.local'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/rc.local'),
    finds: 'write /etc/rc.local',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'a program below systemd is not systemd',
    event: wrote(process('/usr/bin/perl', '/usr/lib/systemd/systemd'), '/etc/init.d/x'),
    finds: 'write /etc/init.d/x',
  },
]);
