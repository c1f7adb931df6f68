import { configurationManagers, containerEngines, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const places =
  /^\/(?:etc|usr\/lib|lib|run)\/(?:udev\/rules\.d|modules-load\.d|modprobe\.d|sysctl\.d|binfmt\.d)\/.|^\/etc\/(?:modules|sysctl\.conf)$|^\/(?:usr\/)?lib\/modules\/.*\.ko/;

export const kernelConfigWrite = guardedFile({
  id: 'file.kernel-config-write',
  title: 'Kernel modules, settings or udev rules written by an unusual program',
  techniques: ['T1547.006', 'T1546.017'],
  severity: 'high',
  access: 'write',
  guards: path => places.test(path),
  business: union(
    initSystem,
    new Set(['dkms', 'depmod', 'kmod', 'systemd-udevd', 'netplan', 'nvidia-installer', 'vmware-modconfig']),
  ),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines, new Set(['dkms'])),
  matters: 'the kernel or udev act on as root',
});
