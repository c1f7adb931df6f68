import { configurationManagers, containerEngines, packageManagers, union } from '../detectors/groups.ts';
import { nearest } from '../detectors/program.ts';
import { agentFolderOf, isAgentFile } from './agent-files.ts';
import { guardedFile } from './guarded-file.ts';

/**
 * "Add endpoint" makes the configuration, the installation unit and code, the agent what lies beside its spool; nobody else has
 * business there. What the agent itself writes, its sensor does not tell; install.sh copies beside /opt/picket and renames.
 */
export const agentFileWrite = guardedFile({
  id: 'sensor.agent-file-write',
  title: 'File of the agent written',
  techniques: ['T1562.001'],
  severity: 'medium',
  access: 'write',
  guards: isAgentFile,
  keptUnder: agentFolderOf,
  businessOfDescendants: union(packageManagers, configurationManagers),
  // The server's image has its code in a folder of that name.
  excused: ({ path, process }) => agentFolderOf(path) !== undefined && nearest(process, containerEngines) !== undefined,
  matters: 'decides whether the agent of this host runs, what it does, or what it tells',
});
