import { testDetector } from '../detectors/case-table.ts';
import { connected, process, withFields } from '../detectors/sample-events.ts';
import { metadataService } from './metadata-service.ts';

const cloudInit = withFields(process('/usr/bin/python3 /usr/bin/cloud-init'), { script: '/usr/bin/cloud-init' });

testDetector(metadataService, [
  {
    why: 'curl asks for credentials',
    event: connected(process('/usr/bin/curl'), '169.254.169.254', 80),
    finds: 'metadata service',
  },
  { why: 'cloud-init sets the machine up', event: connected(cloudInit, '169.254.169.254', 80), finds: undefined },
  {
    why: 'the name server of one cloud has the same address',
    event: connected(process('/usr/bin/curl'), '169.254.169.254', 53),
    finds: undefined,
  },
  { why: 'another address', event: connected(process('/usr/bin/curl'), '192.0.2.1', 80), finds: undefined },
]);
