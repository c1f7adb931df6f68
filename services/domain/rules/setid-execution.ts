import { ProcessFlag } from '@picket/proto';
import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { containerEngines } from '../detectors/groups.ts';
import { isInstalled, nearest } from '../detectors/program.ts';

export const setidExecution: Detector<'process.executed'> = {
  id: 'process.setid-execution',
  title: 'Set-user-ID program run that was not installed',
  techniques: ['T1548.001'],
  severity: 'critical',
  needs: ['process.executed'],
  detect({ process, result }) {
    if (result < 0 || (process.flags & ProcessFlag.EXE_SETID) === 0 || isInstalled(process.exe)) return none;
    if (nearest(process, containerEngines)) return none;
    return {
      deviation: `set-id ${generalise(process.exe)}`,
      reason: `${process.exe} ran as user ${process.euid} for user ${process.uid}; set-user-ID programs belong to packages, and this one lies outside of their folders`,
      saw: [
        { label: 'Executed', value: process.exe },
        { label: 'Became user', value: String(process.euid) },
      ],
    };
  },
};
