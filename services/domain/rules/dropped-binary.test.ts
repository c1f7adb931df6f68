import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { droppedBinary } from './dropped-binary.ts';

const script = withFields(process('/usr/bin/bash /tmp/x.sh', '/usr/bin/bash'), { script: '/tmp/x.sh' });

testDetector(droppedBinary, [
  {
    why: 'a program in /tmp',
    event: executed(process('/tmp/tool', '/usr/bin/node')),
    finds: 'run /tmp/tool',
    severity: 'high',
  },
  {
    why: 'in memory that all share',
    event: executed(process('/dev/shm/tool', '/usr/bin/bash')),
    finds: 'run /dev/shm/tool',
  },
  { why: 'a script is less grave', event: executed(script), finds: 'run /tmp/x.sh', severity: 'medium' },
  {
    why: 'deep in a project that was unpacked there',
    event: executed(process('/tmp/project/node_modules/tool/bin/tool', '/usr/bin/bash')),
    finds: 'run /tmp/project/node_modules/tool/bin/tool',
    severity: 'medium',
  },
  {
    why: 'go runs what it built',
    event: executed(process('/tmp/go-build1234/b001/x.test', '/usr/local/go/bin/go')),
    finds: undefined,
  },
  {
    why: 'what a build started in turn',
    event: executed(process('/tmp/b/child', '/tmp/b/conftest', '/usr/bin/make')),
    finds: undefined,
  },
  {
    why: 'far below a build tool is not the build',
    event: executed(process('/tmp/tool', '/usr/bin/node', '/usr/bin/npm')),
    finds: 'run /tmp/tool',
  },
  { why: 'a make in /tmp excuses nothing', event: executed(process('/tmp/tool', '/tmp/make')), finds: 'run /tmp/tool' },
  { why: 'an installed program', event: executed(process('/usr/bin/ls', '/usr/bin/bash')), finds: undefined },
]);
