import { testDetector } from '../detectors/case-table.ts';
import { fileChanged, process } from '../detectors/sample-events.ts';
import { logRemoval } from './log-removal.ts';

const log = '/var/log/auth.log';
const by = (command: string, operation: 'unlink' | 'truncate' | 'rename' | 'chmod', path = log, ...parents: string[]) =>
  fileChanged(process(command, ...parents), operation, { path });

testDetector(logRemoval, [
  {
    why: 'rm',
    event: by('/usr/bin/rm /var/log/auth.log', 'unlink'),
    finds: 'unlink /var/log/auth.log',
    severity: 'critical',
  },
  { why: 'a script that cuts it', event: by('/usr/bin/python3 -c x', 'truncate'), finds: 'truncate /var/log/auth.log' },
  { why: 'mv', event: by('/usr/bin/mv a b', 'rename'), finds: 'rename /var/log/auth.log' },
  {
    why: 'the journal',
    event: by('/usr/bin/rm', 'unlink', '/var/log/journal/0/system.journal'),
    finds: 'unlink /var/log/journal/<n>/system.journal',
  },
  { why: 'logrotate', event: by('/usr/sbin/logrotate /etc/logrotate.conf', 'rename'), finds: undefined },
  { why: 'a script of logrotate', event: by('/usr/bin/rm', 'unlink', log, '/usr/sbin/logrotate'), finds: undefined },
  {
    why: 'journald makes room',
    event: by('/usr/lib/systemd/systemd-journald', 'unlink', '/var/log/journal/0/system@1.journal'),
    finds: undefined,
  },
  { why: 'a log of an application', event: by('/usr/bin/rm', 'unlink', '/var/log/app.log'), finds: undefined },
  { why: 'its rights', event: by('/usr/bin/chmod', 'chmod'), finds: undefined },
]);
