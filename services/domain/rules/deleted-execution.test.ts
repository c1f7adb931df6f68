import { ProcessFlag } from '@picket/proto';
import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { deletedExecution } from './deleted-execution.ts';

const deleted = { flags: ProcessFlag.EXE_DELETED };

testDetector(deletedExecution, [
  {
    why: 'its file was gone',
    event: executed(withFields(process('/var/x', '/bin/sh'), deleted)),
    finds: 'deleted /var/x',
  },
  { why: 'a file that is there', event: executed(process('/var/x', '/bin/sh')), finds: undefined },
  {
    why: 'a package replaces programs that run',
    event: executed(withFields(process('/usr/bin/x', '/bin/sh', '/usr/bin/dpkg'), deleted)),
    finds: undefined,
  },
]);
