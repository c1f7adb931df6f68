import { ProcessFlag } from '@picket/proto';
import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { namespaceEscape } from './namespace-escape.ts';

const nsenter = process('/usr/bin/nsenter -t 1 -m -u -i -n sh', '/bin/sh');

testDetector(namespaceEscape, [
  {
    why: 'into the namespaces of process 1',
    event: executed(nsenter),
    finds: 'nsenter into the host',
    severity: 'high',
  },
  {
    why: 'from a container it is an escape',
    event: executed(withFields(nsenter, { flags: ProcessFlag.IN_CONTAINER })),
    finds: 'nsenter into the host',
    severity: 'critical',
  },
  {
    why: 'into the host’s files',
    event: executed(process('/usr/sbin/chroot /host sh', '/bin/sh')),
    finds: 'chroot into the host',
  },
  {
    why: 'into another process',
    event: executed(process('/usr/bin/nsenter -t 4711 -n ip a', '/bin/sh')),
    finds: undefined,
  },
  {
    why: 'a chroot of somebody’s own',
    event: executed(process('/usr/sbin/chroot /srv/chroot sh', '/bin/sh')),
    finds: undefined,
  },
]);
