import { configurationManagers, containerEngines, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

/** `.control` has what systemctl set-property was told; systemd reads all that lies there. */
const system =
  /^\/(?:etc|run|usr\/lib|usr\/local\/lib|lib)\/systemd\/(?:system|user)(?:\/|\.control\/|-generators\/).*[^/]$/;
const ofUser = /^\/(?:home\/[^/]+|root)\/\.(?:config|local\/share)\/systemd\/user(?:\.control)?\/.*[^/]$/;
/** They write units as a matter of course. */
const unitWriters = new Set([
  ...['systemd', 'systemctl', 'systemd-executor', 'systemd-run', 'systemd-sysv-install'],
  ...['systemd-fstab-generator', 'netplan', 'systemd-network-generator', 'systemd-gpt-auto-generator'],
  ...['systemd-getty-generator', 'cloud-init-generator', 'ostree'],
]);

export const systemdUnitWrite = guardedFile({
  id: 'file.systemd-unit-write',
  title: 'systemd unit written by an unusual program',
  techniques: ['T1543.002', 'T1053.006'],
  severity: 'high',
  access: 'write',
  guards: path => system.test(path) || ofUser.test(path),
  business: unitWriters,
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'systemd runs at boot, at a login or by its timers',
  severityOf: event => (ofUser.test(event.path) ? 'medium' : undefined),
});
