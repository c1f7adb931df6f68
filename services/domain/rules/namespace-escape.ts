import { ProcessFlag } from '@picket/proto';
import { type Detector, none } from '../detectors/detector.ts';
import { containerRuntimes, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { argumentText, basename, isOneOf, nearest } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const starters = union(containerRuntimes, initSystem);

const hostFolder = /^\/(?:host|hostfs|rootfs|mnt\/host|host-root)\/?$/;

export const namespaceEscape: Detector<'process.executed'> = {
  id: 'process.namespace-escape',
  title: 'Step from a container into the host',
  techniques: ['T1611'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const tool = basename(process.exe);
    const { args } = process;
    const line = argumentText(process);
    const entersInit = tool === 'nsenter' && /(?:^|\s)(?:-t\s?|--target[=\s])1(?:\s|$)/.test(line);
    const changesRoot = tool === 'chroot' && args.slice(1).some(arg => hostFolder.test(arg));
    if (result < 0 || !(entersInit || changesRoot)) return none;
    if (process.parent && (isOneOf(process.parent, starters) || nearest(process, packageManagers))) return none;
    return {
      deviation: `${tool} into the host`,
      reason: sentence(`${tool} was used to act in the namespaces or the file system of the host itself`),
      saw: [{ label: 'Executed', value: commandLine(args) }],
      severity: process.flags & ProcessFlag.IN_CONTAINER ? 'critical' : 'high',
    };
  },
};
