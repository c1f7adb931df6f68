import { configurationManagers, containerEngines, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const places =
  /^\/etc\/(?:pam\.d\/.|pam\.conf$|security\/[^/]+\.(?:conf|so)$|nsswitch\.conf$)|^(?:\/usr)?\/lib(?:64)?\/(?:[^/]+\/)?security\/pam_[^/]+\.so/;

export const pamWrite = guardedFile({
  id: 'file.pam-write',
  title: 'Authentication (PAM) changed by an unusual program',
  techniques: ['T1556.003'],
  severity: 'critical',
  access: 'write',
  guards: path => places.test(path),
  business: new Set(['pam-auth-update', 'authselect', 'authconfig', 'pam-config', 'anaconda', 'systemd-nspawn']),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'decides whose password is right',
});
