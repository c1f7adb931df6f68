import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { configurationManagers, containerEngines, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { basename, isOneOf, nearest, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const logs =
  /^\/var\/log\/(?:(?:wtmp|btmp|lastlog|auth\.log|secure|syslog|messages|kern\.log|sudo\.log)(?:\.\d+)?$|audit\/audit\.log|journal\/)/;
/** Keeping logs is to cut, rename and remove them. */
const keepers = union(
  initSystem,
  new Set([
    ...['systemd-journald', 'journalctl', 'rsyslogd', 'syslog-ng', 'syslogd', 'auditd', 'logrotate', 'savelog'],
    ...['systemd-tmpfiles', 'gzip', 'xz', 'zstd', 'bzip2'],
  ]),
);
const heirs = union(packageManagers, configurationManagers, containerEngines, new Set(['logrotate']));
const deeds: Readonly<Partial<Record<string, string>>> = { unlink: 'removed', truncate: 'cut', rename: 'renamed' };

export const logRemoval: Detector<'file.changed'> = {
  id: 'file.log-removal',
  title: 'System log removed, cut or renamed by a program that does not keep it',
  techniques: ['T1070.002'],
  severity: 'critical',
  needs: ['file.changed'],
  detect({ process, operation, path, result }) {
    const deed = deeds[operation];
    if (deed === undefined || result < 0 || !logs.test(path)) return none;
    if (isOneOf(process, keepers) || nearest(process, heirs)) return none;
    return {
      deviation: `${operation} ${generalise(path)}`,
      reason: sentence(`${basename(programOf(process))} ${deed} ${path}, which tells who was here and what happened`),
      saw: [{ label: sentence(deed), value: path }],
    };
  },
};
