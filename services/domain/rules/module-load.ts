import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { buildTools, packageManagers, union } from '../detectors/groups.ts';
import { basename, nearest } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';

const installers = union(packageManagers, buildTools, new Set(['dkms']));

const loaders = new Set(['insmod', 'modprobe', 'kmod', 'finit_module']);
const packaged = /^(?:\/usr)?\/lib\/modules\//;

/** Modules of the distribution lie in /lib/modules; whoever loads one from elsewhere brought it. */
export const moduleLoad: Detector<'process.executed'> = {
  id: 'process.module-load',
  title: 'Kernel module loaded from an unusual place',
  techniques: ['T1547.006', 'T1014'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const called = basename(process.args[0] ?? '');
    if (result < 0 || !(loaders.has(basename(process.exe)) || loaders.has(called))) return none;
    const module = process.args.slice(1).find(arg => /\.ko(?:\.[gx]z|\.zst)?$/.test(arg) && !packaged.test(arg));
    if (module === undefined || nearest(process, installers)) return none;
    return {
      deviation: `load ${generalise(module)}`,
      reason: `${module} was loaded into the kernel from outside of /lib/modules, where it can hide anything`,
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
