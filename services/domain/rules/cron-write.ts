import { configurationManagers, containerEngines, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const places =
  /^\/(?:etc\/(?:cron\.(?:d|hourly|daily|weekly|monthly|yearly)\/.|crontab$|anacrontab$|at\.allow$|cron\.allow$)|var\/spool\/(?:cron|at|anacron)\/.)/;

export const cronWrite = guardedFile({
  id: 'file.cron-write',
  title: 'Scheduled job written by an unusual program',
  techniques: ['T1053.003'],
  severity: 'high',
  access: 'write',
  guards: path => places.test(path),
  business: new Set(['crontab', 'cron', 'crond', 'anacron', 'atd', 'at', 'batch']),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'runs commands at set times without anybody logged in',
});
