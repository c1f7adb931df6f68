import { testDetector } from '../detectors/case-table.ts';
import { opened, process, withFields, wrote } from '../detectors/sample-events.ts';
import { processMemoryAccess } from './process-memory-access.ts';

const dd = process('/usr/bin/dd');

testDetector(processMemoryAccess, [
  { why: 'dd reads a process', event: opened(dd, '/proc/1/mem'), finds: 'read /proc/<pid>/mem', severity: 'high' },
  {
    why: 'writing changes what it does',
    event: wrote(dd, '/proc/1/mem'),
    finds: 'write /proc/<pid>/mem',
    severity: 'critical',
  },
  { why: 'its own memory is its own', event: opened(withFields(dd, { pid: 77 }), '/proc/77/mem'), finds: undefined },
  { why: 'gdb is made for it', event: opened(process('/usr/bin/gdb'), '/proc/1/mem'), finds: undefined },
  { why: 'a list of its mappings is not its memory', event: opened(dd, '/proc/1/maps'), finds: undefined },
]);
