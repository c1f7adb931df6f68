import { testDetector } from '../detectors/case-table.ts';
import { connected, process } from '../detectors/sample-events.ts';
import { miningPool } from './mining-pool.ts';

const tool = process('/opt/x/tool');

testDetector(miningPool, [
  { why: 'a pool’s port out there', event: connected(tool, '192.0.2.1', 14444), finds: 'port 14444' },
  { why: 'the same port in the own network', event: connected(tool, '10.1.2.3', 3333), finds: undefined },
  { why: 'on this machine', event: connected(tool, '127.0.0.1', 3333), finds: undefined },
  {
    why: 'a pool by its name, at the port of https',
    event: connected(tool, '192.0.2.1', 443, 'gulf.moneroocean.stream'),
    finds: 'gulf.moneroocean.stream',
    severity: 'high',
  },
  {
    why: 'a name that only ends like one',
    event: connected(tool, '192.0.2.1', 443, 'notnicehash.com'),
    finds: undefined,
  },
  { why: 'https', event: connected(tool, '192.0.2.1', 443), finds: undefined },
]);
