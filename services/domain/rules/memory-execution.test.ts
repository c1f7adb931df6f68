import { ProcessFlag } from '@picket/proto';
import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { memoryExecution } from './memory-execution.ts';

const memfd = { exe: 'memfd:x', flags: ProcessFlag.EXE_MEMFD };
const clone = { exe: 'memfd:runc_cloned:/proc/self/exe', flags: ProcessFlag.EXE_MEMFD };

testDetector(memoryExecution, [
  {
    why: 'no file at all',
    event: executed(withFields(process('x', '/usr/bin/perl'), memfd)),
    finds: 'run from memory by /usr/bin/perl',
    severity: 'critical',
  },
  { why: 'a program with a file', event: executed(process('/usr/bin/true', '/usr/bin/perl')), finds: undefined },
  {
    why: 'runc protects itself so',
    event: executed(withFields(process('runc', '/usr/bin/containerd-shim-runc-v2'), clone)),
    finds: undefined,
  },
  {
    why: 'the name alone protects nobody',
    event: executed(withFields(process('runc', '/usr/bin/perl'), clone)),
    finds: 'run from memory by /usr/bin/perl',
  },
  { why: 'an exec that failed', event: executed(withFields(process('x'), memfd), { result: -8 }), finds: undefined },
]);
