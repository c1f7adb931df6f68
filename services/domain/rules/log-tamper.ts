import { isTruncated } from '../detectors/access.ts';
import { configurationManagers, containerEngines, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const logs =
  /^\/var\/log\/(?:wtmp|btmp|lastlog|faillog|tallylog|auth\.log|secure|syslog|messages|kern\.log|cron|sudo\.log|audit\/audit\.log|journal\/.*\.journal)$|^\/(?:var\/)?run\/utmp$/;
const writers = new Set([
  ...['rsyslogd', 'syslog-ng', 'syslogd', 'systemd-journald', 'auditd', 'logrotate', 'savelog', 'gzip', 'xz'],
  ...['zstd', 'bzip2', 'journalctl', 'login', 'sshd', 'sshd-session', 'sudo', 'su', 'agetty', 'getty'],
  ...['systemd-update-utmp', 'systemd-logind', 'gdm-session-worker', 'lightdm', 'sddm', 'sddm-helper', 'xdm'],
  ...['gdm', 'utempter', 'tmux', 'screen', 'xterm', 'gnome-pty-helper', 'faillock', 'pam_lastlog2', 'lastlog'],
  ...['lastlog2', 'useradd', 'usermod', 'systemd-tmpfiles', 'cron', 'crond', 'in.telnetd', 'vsftpd'],
  ...['runlevel', 'who', 'w', 'users', 'uptime', 'last', 'pinky', 'top', 'ps', 'shutdown', 'init'],
]);

export const logTamper = guardedFile({
  id: 'file.log-tamper',
  title: 'System log changed by a program that does not keep it',
  techniques: ['T1070.002'],
  severity: 'high',
  access: 'write',
  guards: path => logs.test(path),
  business: union(writers, initSystem),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines, new Set(['logrotate'])),
  matters: 'tells who was here and what happened',
  severityOf: event => (isTruncated(event.flags) ? 'critical' : undefined),
});
