import { testDetector } from '../detectors/case-table.ts';
import { kernelChanged, process } from '../detectors/sample-events.ts';
import { moduleInsertion } from './module-insertion.ts';

const driver = '/usr/lib/modules/6.1.0-44-amd64/kernel/fs/xfs/xfs.ko';
const load = (command: string, path: string, result = 0) =>
  kernelChanged(process(command, '/usr/bin/bash'), 'load-module', { path, result });

testDetector(moduleInsertion, [
  {
    why: 'a program of its own',
    event: load('/tmp/loader', '/tmp/rootkit.ko'),
    finds: 'load-module /tmp/rootkit.ko',
    severity: 'critical',
  },
  { why: 'from memory', event: load('/tmp/loader', ''), finds: 'load-module from memory', severity: 'critical' },
  {
    why: 'insmod of what somebody brought',
    event: load('/usr/bin/kmod insmod x.ko', '/root/x.ko'),
    finds: 'load-module /root/x.ko',
    severity: 'high',
  },
  { why: 'modprobe of a driver', event: load('/usr/bin/kmod xfs', driver), finds: undefined },
  { why: 'udev, of a device that was found', event: load('/usr/lib/systemd/systemd-udevd', driver), finds: undefined },
  { why: 'kmod unpacks a compressed module itself', event: load('/usr/bin/kmod xfs', ''), finds: undefined },
  { why: 'refused', event: load('/tmp/loader', '/tmp/x.ko', -1), finds: undefined },
  {
    why: 'another kernel by a program of its own',
    event: kernelChanged(process('/tmp/k'), 'load-kernel'),
    finds: 'load-kernel from memory',
  },
  { why: 'kdump', event: kernelChanged(process('/usr/sbin/kexec -p'), 'load-kernel'), finds: undefined },
  { why: 'a BPF program', event: kernelChanged(process('/usr/lib/systemd/systemd'), 'load-program'), finds: undefined },
]);
