import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { moduleLoad } from './module-load.ts';

testDetector(moduleLoad, [
  {
    why: 'brought along',
    event: executed(process('/usr/sbin/insmod /tmp/rootkit.ko', '/bin/sh')),
    finds: 'load /tmp/rootkit.ko',
  },
  {
    why: 'of the distribution',
    event: executed(process('/usr/sbin/insmod /lib/modules/6.1.0/kernel/x.ko', '/bin/sh')),
    finds: undefined,
  },
  {
    why: 'by its name',
    event: executed(process('/usr/sbin/modprobe overlay', '/usr/lib/systemd/systemd-udevd')),
    finds: undefined,
  },
  { why: 'built by dkms', event: executed(process('/usr/sbin/insmod /var/x.ko', '/usr/sbin/dkms')), finds: undefined },
]);
