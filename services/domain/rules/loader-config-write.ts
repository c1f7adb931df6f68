import { configurationManagers, containerEngines, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

export const loaderConfigWrite = guardedFile({
  id: 'file.loader-config-write',
  title: 'Configuration of the dynamic loader written',
  techniques: ['T1574.006'],
  severity: 'critical',
  access: 'write',
  guards: path => path === '/etc/ld.so.preload' || path === '/etc/ld.so.conf' || path.startsWith('/etc/ld.so.conf.d/'),
  business: new Set(['ldconfig', 'ldconfig.real']),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'can put a library into every program that starts',
  severityOf: event => (event.path === '/etc/ld.so.preload' ? undefined : 'high'),
});
