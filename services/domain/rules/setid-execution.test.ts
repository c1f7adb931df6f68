import { ProcessFlag } from '@picket/proto';
import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { setidExecution } from './setid-execution.ts';

const setid = { flags: ProcessFlag.EXE_SETID, uid: 1000, euid: 0 };

testDetector(setidExecution, [
  {
    why: 'a root shell left behind',
    event: executed(withFields(process('/home/ada/.x/sh', '/usr/bin/bash'), setid)),
    finds: 'set-id /home/<user>/.x/sh',
    severity: 'critical',
  },
  {
    why: 'sudo belongs to a package',
    event: executed(withFields(process('/usr/bin/sudo id', '/usr/bin/bash'), setid)),
    finds: undefined,
  },
  { why: 'without taking effect', event: executed(process('/home/ada/.x/sh', '/usr/bin/bash')), finds: undefined },
]);
