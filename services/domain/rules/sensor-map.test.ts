import { testDetector } from '../detectors/case-table.ts';
import { kernelChanged, process, withFields } from '../detectors/sample-events.ts';
import { sensorMap } from './sensor-map.ts';

const opens = (command: string, path: string, extra = 0, result = 0) =>
  kernelChanged(process(command, '/usr/bin/bash'), 'open-map', { path, extra, result });

testDetector(sensorMap, [
  {
    why: 'a program of its own',
    event: opens('/tmp/blind', 'picket_folds'),
    finds: 'picket_folds',
    severity: 'high',
  },
  { why: 'only to read, which is a way to write', event: opens('/tmp/look', 'picket_folds', 8), finds: 'picket_folds' },
  {
    why: 'bpftool looks one up',
    event: opens('/usr/sbin/bpftool map lookup id 7 key 0', 'picket_folds'),
    finds: undefined,
  },
  { why: 'bpftool lists programs', event: opens('/usr/sbin/bpftool -j prog', 'picket_folds'), finds: undefined },
  {
    why: 'with a library of somebody’s in it',
    event: kernelChanged(
      withFields(process('/usr/sbin/bpftool map show'), { loader: ['LD_PRELOAD=/tmp/x.so'] }),
      'open-map',
      {
        path: 'picket_seen',
      },
    ),
    finds: 'picket_seen',
  },
  { why: 'another map', event: opens('/usr/bin/cilium-agent', 'cilium_lxc'), finds: undefined },
  { why: 'one that is frozen', event: opens('/tmp/blind', 'picket_threads'), finds: 'picket_threads' },
  { why: 'one that another thread has closed already', event: opens('/tmp/blind', ''), finds: 'unseen' },
  {
    why: 'one without a name',
    event: kernelChanged(process('/tmp/blind', '/usr/bin/bash'), 'open-map', { value: 7 }),
    finds: undefined,
  },
  { why: 'bpftool lists all', event: opens('/usr/sbin/bpftool map show', 'picket_ring'), finds: undefined },
  {
    why: 'bpftool writes',
    event: opens('/usr/sbin/bpftool map update id 7 key 0 value 0', 'picket_seen'),
    finds: 'picket_seen',
  },
  { why: 'a program that calls itself so', event: opens('/tmp/bpftool map show', 'picket_seen'), finds: 'picket_seen' },
  { why: 'refused', event: opens('/tmp/blind', '', 0, -1), finds: undefined },
]);
