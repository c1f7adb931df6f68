import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import {
  buildTools,
  configurationManagers,
  containerEngines,
  containerRuntimes,
  packageManagers,
  union,
} from '../detectors/groups.ts';
import { basename, isInstalled, nearest, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const setUser = 0o4000;
const installers = union(packageManagers, configurationManagers, containerEngines, containerRuntimes);

/** A set-user-ID bit on a file is a way to become its owner, for everybody who finds it. */
export const setidGranted: Detector<'file.changed'> = {
  id: 'file.setid-granted',
  title: 'Set-user-ID bit set on a program',
  techniques: ['T1548.001'],
  severity: 'high',
  needs: ['file.changed'],
  detect({ operation, path, value, result, process }) {
    if (operation !== 'chmod' || result < 0 || (value & setUser) === 0) return none;
    if (nearest(process, installers)) return none;
    const built = !isInstalled(path) && nearest(process, buildTools) !== undefined;
    return {
      deviation: `set-user-ID ${generalise(path)}`,
      reason: sentence(
        `${basename(programOf(process))} gave ${path} the set-user-ID bit: whoever runs it acts as its owner`,
      ),
      saw: [
        { label: 'Changed', value: path },
        { label: 'Mode', value: value.toString(8) },
      ],
      severity: built || process.euid !== 0 ? 'medium' : 'high',
    };
  },
};
