import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { buildTools, containerRuntimes, packageManagers, union } from '../detectors/groups.ts';
import { isOneOf } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';

const everybodyWrites = /^\/(?:tmp|var\/tmp|dev\/shm|run\/shm|run\/lock|var\/lock|dev\/mqueue)\//;
/** Far down a tree, as in a project that was unpacked there: attackers put their tools on top. */
const isDeep = (path: string) => path.split('/').length > 6;

const starters = union(packageManagers, buildTools, containerRuntimes);

/** A program, or a script by its own first line, in a folder where everybody may write. */
export const droppedBinary: Detector<'process.executed'> = {
  id: 'process.dropped-binary',
  title: 'Program run from a folder where everybody may write',
  techniques: ['T1105', 'T1036.005'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const program = [process.exe, process.script].find(path => everybodyWrites.test(path));
    if (result < 0 || program === undefined) return none;
    // Build tools and package managers run what they have just made there, and what that starts is theirs too.
    for (let at = process.parent; at; at = at.parent) {
      if (isOneOf(at, starters)) return none;
      if (!everybodyWrites.test(at.script || at.exe)) break;
    }
    return {
      deviation: `run ${generalise(program)}`,
      reason: `${program} was executed from a folder where everybody may write, which is where attackers put their tools`,
      saw: [
        { label: 'Executed', value: program },
        { label: 'Command line', value: commandLine(process.args) },
      ],
      severity: program === process.exe && !isDeep(program) ? 'high' : 'medium',
    };
  },
};
