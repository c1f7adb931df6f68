import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { loaderConfigWrite } from './loader-config-write.ts';

const sh = process('/bin/sh -c echo', '/usr/bin/python3');

testDetector(loaderConfigWrite, [
  {
    why: 'a shell preloads a library into everything',
    event: wrote(sh, '/etc/ld.so.preload'),
    finds: 'write /etc/ld.so.preload',
  },
  { why: 'reading it is no change', event: opened(sh, '/etc/ld.so.preload'), finds: undefined },
  {
    why: 'a write that was refused changed nothing',
    event: wrote(sh, '/etc/ld.so.preload', { result: -13 }),
    finds: undefined,
  },
  { why: 'ldconfig', event: wrote(process('/usr/sbin/ldconfig'), '/etc/ld.so.preload'), finds: undefined },
  {
    why: 'a script of a package may',
    event: wrote(process('/usr/bin/cp a b', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/ld.so.preload'),
    finds: undefined,
  },
  {
    why: 'a program of that name in /tmp may not',
    event: wrote(process('/tmp/dpkg'), '/etc/ld.so.preload'),
    finds: 'write /etc/ld.so.preload',
  },
  { why: 'another file', event: wrote(sh, '/srv/data/x'), finds: undefined },
  {
    why: 'a search path is less grave',
    event: wrote(sh, '/etc/ld.so.conf.d/x.conf'),
    finds: 'write /etc/ld.so.conf.d/x.conf',
    severity: 'high',
  },
]);
