import { ProcessFlag } from '@picket/proto';
import { programKey } from '../baselines/program-key.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { containerRuntimes } from '../detectors/groups.ts';
import { isOneOf, programOf } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';

/** runc and crun run a copy of themselves from memory, so that a container can't overwrite them. */
const runtimeCopy = /memfd:(?:runc_cloned|crun|youki|lxc)/;

export const memoryExecution: Detector<'process.executed'> = {
  id: 'process.memory-execution',
  title: 'Program run from memory, with no file',
  techniques: ['T1620'],
  severity: 'critical',
  needs: ['process.executed'],
  detect({ process, result }) {
    if (result < 0 || (process.flags & ProcessFlag.EXE_MEMFD) === 0) return none;
    if (runtimeCopy.test(process.exe) && process.parent && isOneOf(process.parent, containerRuntimes)) return none;
    const by = process.parent ? programOf(process.parent) : 'an unknown program';
    return {
      deviation: `run from memory by ${programKey(by)}`,
      reason: `A program that exists in memory only was run by ${by}; nothing of it lies on the disk`,
      saw: [
        { label: 'Executed', value: process.exe },
        { label: 'Command line', value: commandLine(process.args) },
      ],
    };
  },
};
