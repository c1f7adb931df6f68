import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { cryptoMiner } from './crypto-miner.ts';

const run = (command: string) => executed(process(command, '/usr/bin/bash'));

testDetector(cryptoMiner, [
  { why: 'by its name', event: run('/opt/x/xmrig -o pool'), finds: 'miner xmrig' },
  {
    why: 'renamed, but it has to know its pool',
    event: run('/opt/x/nginx -o stratum+tcp://192.0.2.1:3333'),
    finds: 'miner nginx',
  },
  { why: 'looking for one', event: run('/usr/bin/grep -r stratum+tcp:// .'), finds: undefined },
  { why: 'another program', event: run('/usr/sbin/nginx -g daemon'), finds: undefined },
]);
