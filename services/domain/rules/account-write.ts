import { configurationManagers, containerEngines, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const places =
  /^\/etc\/(?:passwd|shadow|group|gshadow|subuid|subgid|sudoers|doas\.conf)[-+]?$|^\/etc\/(?:sudoers\.d|polkit-1\/rules\.d|doas\.d)\/./;
const accountTools = new Set([
  ...['useradd', 'usermod', 'userdel', 'groupadd', 'groupmod', 'groupdel', 'gpasswd', 'passwd', 'chage'],
  ...['chpasswd', 'chgpasswd', 'newusers', 'adduser', 'addgroup', 'deluser', 'delgroup', 'chsh', 'chfn'],
  ...['vipw', 'vigr', 'visudo', 'pwck', 'grpck', 'pwconv', 'pwunconv', 'grpconv', 'grpunconv'],
  ...['systemd-sysusers', 'systemd-homed', 'accounts-daemon', 'unix_chkpwd', 'unix_update'],
  ...['google_guest_agent', 'waagent', 'amazon-ssm-agent', 'anaconda', 'sshd', 'login', 'shadowconfig'],
]);

export const accountWrite = guardedFile({
  id: 'file.account-write',
  title: 'Accounts or sudo rules written by an unusual program',
  techniques: ['T1136.001', 'T1548.003', 'T1098'],
  severity: 'critical',
  access: 'write',
  guards: path => places.test(path),
  business: union(accountTools, initSystem),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'decides which accounts exist and who may become root',
});
