import { configurationManagers, containerEngines, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const places =
  /^\/etc\/(?:rc\.local|rc\.d\/|rc\d?\.d\/|init\.d\/|init\/|inittab$|local\.d\/|network\/if-(?:pre-)?up\.d\/|NetworkManager\/dispatcher\.d\/|dhcp\/dhclient-(?:enter|exit)-hooks\.d\/|update-motd\.d\/|xdg\/autostart\/|grub\.d\/|initramfs-tools\/|dracut\.conf)/;

export const bootScriptWrite = guardedFile({
  id: 'file.boot-script-write',
  title: 'Script that runs at boot or login written by an unusual program',
  techniques: ['T1037.004', 'T1547'],
  severity: 'high',
  access: 'write',
  guards: path => places.test(path),
  business: initSystem,
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'root runs by itself, at boot, at a login or when a network comes up',
});
