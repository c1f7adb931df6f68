import { configurationManagers, containerEngines, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const places =
  /\/\.ssh\/(?:authorized_keys2?|rc|environment)$|^\/etc\/ssh\/(?:authorized_keys|sshd_config|sshrc|ssh_known_hosts|trusted-user-ca-keys)|^\/etc\/ssh\/sshd_config\.d\/./;
/** Clouds' agents put keys where the console says so. */
const keyKeepers = new Set([
  ...['google_guest_agent', 'GuestAgent', 'waagent', 'amazon-ssm-agent', 'ec2-instance-connect'],
  ...['eic_harvest_hostkeys', 'droplet-agent', 'useradd', 'adduser', 'ssh-copy-id', 'authselect'],
  ...['systemd-homed', 'anaconda'],
]);

export const authorizedKeysWrite = guardedFile({
  id: 'file.authorized-keys-write',
  title: 'SSH access granted by an unusual program',
  techniques: ['T1098.004'],
  severity: 'high',
  access: 'write',
  guards: path => places.test(path),
  business: keyKeepers,
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'decides who may log in over SSH',
});
