import { configurationManagers, containerEngines, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const stores = new Set(
  ['/etc/shadow', '/etc/gshadow', '/etc/security/opasswd', '/etc/krb5.keytab', '/etc/master.passwd'].flatMap(path => [
    path,
    `${path}-`,
    `${path}.bak`,
  ]),
);
const folders =
  /^\/(?:etc\/sudoers(?:$|\.d\/)|var\/lib\/sss\/secrets\/|var\/lib\/samba\/private\/|var\/backups\/g?shadow)/;

/** They check passwords, change accounts, or start sessions. */
const authentication = new Set([
  ...['login', 'sshd', 'sshd-session', 'sshd-auth', 'sudo', 'sudo-rs', 'su', 'doas', 'runuser', 'passwd'],
  ...['unix_chkpwd', 'unix_update', 'chage', 'chpasswd', 'chgpasswd', 'newusers', 'useradd', 'usermod'],
  ...['userdel', 'groupadd', 'groupmod', 'groupdel', 'gpasswd', 'adduser', 'addgroup', 'deluser', 'delgroup'],
  ...['pwck', 'grpck', 'pwconv', 'pwunconv', 'grpconv', 'vipw', 'vigr', 'visudo', 'chsh', 'chfn', 'expiry'],
  ...['newgrp', 'sg', 'cron', 'crond', 'atd', 'at', 'polkitd', 'pkexec', 'polkit-agent-helper-1'],
  ...['accounts-daemon', 'gdm-session-worker', 'gdm', 'lightdm', 'sddm-helper', 'sddm', 'xdm', 'lxdm'],
  ...['greetd', 'kcheckpass', 'kscreenlocker_greet', 'xscreensaver', 'swaylock', 'i3lock', 'dovecot', 'auth'],
  ...['saslauthd', 'vsftpd', 'proftpd', 'pure-ftpd', 'nscd', 'sssd', 'sssd_be', 'krb5_child', 'smbd'],
  ...['winbindd', 'samba', 'kadmin.local', 'krb5kdc', 'rpc.gssd', 'systemd-userdbd', 'systemd-userwork'],
  ...['systemd-logind', 'systemd-sysusers', 'systemd-homed', 'systemd-firstboot', 'cockpit-session'],
  ...['xrdp-sesman', 'vmtoolsd', 'VGAuthService', 'samba-dcerpcd', 'kinit', 'k5start', 'gssproxy', 'klist'],
  ...['ktutil', 'adcli', 'realmd', 'httpd', 'nslcd', 'shadowconfig', 'cvtsudoers', 'sudoreplay'],
]);
/** They copy or check whole systems. */
const keepers = new Set([
  ...['borg', 'restic', 'duplicity', 'rsnapshot', 'bacula-fd', 'bareos-fd', 'urbackupclientbackend'],
  ...['veeamagent', 'timeshift', 'aide', 'tripwire', 'rkhunter', 'chkrootkit', 'lynis', 'clamscan', 'clamd'],
  ...['clamdscan', 'osqueryd', 'auditd', 'ossec-syscheckd', 'wazuh-syscheckd', 'samhain', 'debsums', 'oscap'],
  ...['google_guest_agent', 'waagent', 'amazon-ssm-agent'],
]);

export const credentialRead = guardedFile({
  id: 'file.credential-read',
  title: 'Credential store read by a program that has no business with it',
  techniques: ['T1003.008'],
  severity: 'high',
  access: 'read',
  guards: path => stores.has(path) || folders.test(path),
  business: union(authentication, keepers, initSystem),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  // Debian's daily job compares and copies the account files to /var/backups.
  excused: event => event.process.parent?.script === '/etc/cron.daily/passwd',
  matters: 'holds credentials that only programs for login and accounts need',
  severityOf: event => (event.path.includes('/sudoers') ? 'medium' : undefined),
});
