import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { kernelConfigWrite } from './kernel-config-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(kernelConfigWrite, [
  {
    why: 'a shell writes what udev runs',
    event: wrote(sh, '/etc/udev/rules.d/x.rules'),
    finds: 'write /etc/udev/rules.d/x.rules',
  },
  { why: 'reading it is no change', event: opened(sh, '/etc/udev/rules.d/x.rules'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/udev/rules.d/x.rules', { result: -13 }),
    finds: undefined,
  },
  { why: 'depmod', event: wrote(process('/usr/sbin/depmod -a'), '/etc/udev/rules.d/x.rules'), finds: undefined },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/udev/rules.d/x.rules'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/udev/rules.d/x.rules'),
    finds: 'write /etc/udev/rules.d/x.rules',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'a module for every boot',
    event: wrote(sh, '/etc/modules-load.d/x.conf'),
    finds: 'write /etc/modules-load.d/x.conf',
  },
]);
