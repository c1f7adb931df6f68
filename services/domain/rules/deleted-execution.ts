import { ProcessFlag } from '@picket/proto';
import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { buildTools, containerRuntimes, packageManagers, union } from '../detectors/groups.ts';
import { nearest } from '../detectors/program.ts';

const replacing = union(packageManagers, buildTools, containerRuntimes);

/** The file had no name any more at the moment it was executed: somebody removed it to leave nothing behind. */
export const deletedExecution: Detector<'process.executed'> = {
  id: 'process.deleted-execution',
  title: 'Program run after its file was deleted',
  techniques: ['T1070.004', 'T1036'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const deleted = (process.flags & ProcessFlag.EXE_DELETED) !== 0 && (process.flags & ProcessFlag.EXE_MEMFD) === 0;
    if (result < 0 || !deleted || nearest(process, replacing)) return none;
    return {
      deviation: `deleted ${generalise(process.exe)}`,
      reason: `${process.exe} was executed although its file had been deleted, which hides what ran`,
      saw: [{ label: 'Executed', value: process.exe }],
    };
  },
};
