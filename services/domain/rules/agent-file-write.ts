import { configurationManagers, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const files =
  /^(?:\/etc\/monitoringAgent\.conf|\/(?:etc|usr\/lib|lib)\/systemd\/system\/monitoringAgent\.service(?:\.d\/.*)?)$/;

/** "Add endpoint" makes the one, the installation the other; nobody else has business there. */
export const agentFileWrite = guardedFile({
  id: 'sensor.agent-file-write',
  title: 'Configuration of the agent written',
  techniques: ['T1562.001'],
  severity: 'medium',
  access: 'write',
  guards: path => files.test(path),
  businessOfDescendants: union(packageManagers, configurationManagers),
  matters: 'decides whether the agent of this host runs, and what it does',
});
