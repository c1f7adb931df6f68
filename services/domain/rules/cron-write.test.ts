import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { cronWrite } from './cron-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(cronWrite, [
  { why: 'a shell writes a job', event: wrote(sh, '/etc/cron.d/job'), finds: 'write /etc/cron.d/job' },
  { why: 'reading it is no change', event: opened(sh, '/etc/cron.d/job'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/cron.d/job', { result: -13 }),
    finds: undefined,
  },
  {
    why: 'crontab keeps the tables',
    event: wrote(process('/usr/bin/crontab -e'), '/etc/cron.d/job'),
    finds: undefined,
  },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/cron.d/job'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/cron.d/job'),
    finds: 'write /etc/cron.d/job',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'the table of a user',
    event: wrote(sh, '/var/spool/cron/crontabs/root'),
    finds: 'write /var/spool/cron/crontabs/root',
  },
]);
