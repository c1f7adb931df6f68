import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { configurationManagers, packageManagers, union } from '../detectors/groups.ts';
import { basename, nearest } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const keepers = union(packageManagers, configurationManagers, new Set(['logrotate']));

const traces =
  /^(?:.*\/)?\.(?:bash|zsh|sh|ash|python|mysql|psql)_?history$|^\/var\/log\/(?:wtmp|btmp|lastlog|auth\.log|secure|syslog|messages|kern\.log|audit(?:\/.*)?|journal(?:\/.*)?|\*)$|^\/var\/log\/?$/;
const removers = new Set(['rm', 'shred', 'unlink', 'truncate', 'wipe', 'srm', 'ln', 'dd']);

export const traceRemoval: Detector<'process.executed'> = {
  id: 'process.trace-removal',
  title: 'Logs or command history removed',
  techniques: ['T1070.002', 'T1070.003'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const tool = basename(process.exe);
    if (result < 0 || !removers.has(tool)) return none;
    const target = process.args
      .slice(1)
      .map(arg => arg.replace(/^of=/, ''))
      .find(arg => traces.test(arg));
    if (target === undefined || nearest(process, keepers)) return none;
    return {
      deviation: `${tool} ${generalise(target)}`,
      reason: sentence(`${tool} was told to remove ${target}, which tells what happened on this host`),
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
