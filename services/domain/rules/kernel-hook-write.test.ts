import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { kernelHookWrite } from './kernel-hook-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(kernelHookWrite, [
  {
    why: 'a shell makes the kernel run a program',
    event: wrote(sh, '/proc/sys/kernel/core_pattern'),
    finds: 'write /proc/sys/kernel/core_pattern',
  },
  { why: 'reading it is no change', event: opened(sh, '/proc/sys/kernel/core_pattern'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/proc/sys/kernel/core_pattern', { result: -13 }),
    finds: undefined,
  },
  {
    why: 'sysctl sets it',
    event: wrote(process('/usr/sbin/sysctl -w'), '/proc/sys/kernel/core_pattern'),
    finds: undefined,
  },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/proc/sys/kernel/core_pattern'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/proc/sys/kernel/core_pattern'),
    finds: 'write /proc/sys/kernel/core_pattern',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'the way out of a container',
    event: wrote(sh, '/sys/fs/cgroup/rdma/release_agent'),
    finds: 'write /sys/fs/cgroup/rdma/release_agent',
    severity: 'critical',
  },
]);
