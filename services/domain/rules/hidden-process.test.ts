import { testDetector } from '../detectors/case-table.ts';
import { hidden, process } from '../detectors/sample-events.ts';
import { hiddenProcess } from './hidden-process.ts';

const miner = process('/tmp/.x/kworkerds -o pool', '/usr/bin/bash');

testDetector(hiddenProcess, [
  {
    why: 'a mount lies over its folder in /proc',
    event: hidden(miner, 'hide-entry'),
    finds: 'hide-entry /tmp/.x/kworkerds',
    severity: 'critical',
  },
  {
    why: 'the list of /proc leaves it out',
    event: hidden(miner, 'hide-listing'),
    finds: 'hide-listing /tmp/.x/kworkerds',
  },
  { why: 'it acts and is in no list', event: hidden(miner, 'hide-task'), finds: 'hide-task /tmp/.x/kworkerds' },
  {
    why: 'something lies over /proc',
    event: { ...hidden(miner, 'hide-listing'), path: '/proc' },
    finds: 'hide-listing /proc',
    severity: 'critical',
  },
  { why: 'a way of a newer agent', event: hidden(miner, 'unknown'), finds: undefined },
]);
