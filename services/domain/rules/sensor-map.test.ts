import { testDetector } from '../detectors/case-table.ts';
import { kernelChanged, process, withFields } from '../detectors/sample-events.ts';
import type { Process } from '../events/event.ts';
import { sensorMap } from './sensor-map.ts';

const opens = (by: Process, path: string, fields: { value?: number; extra?: number; result?: number } = {}) =>
  kernelChanged(by, 'open-map', { path, value: 7, ...fields });
const own = process('/tmp/blind', '/usr/bin/bash');
const packaged = (command: string) => withFields(process(command, '/usr/bin/bash'), { package: 'tools 1.0' });
const bpftool = (args: string) => packaged(`/usr/sbin/bpftool ${args}`);

const found = 'map of the sensor';
testDetector(sensorMap, [
  { why: 'a program of its own', event: opens(own, 'picket_folds'), finds: found, severity: 'high' },
  { why: 'only to read, which is a way to write', event: opens(own, 'picket_folds', { extra: 8 }), finds: found },
  { why: 'one that is frozen', event: opens(own, 'picket_threads'), finds: found },
  { why: 'the seed', event: opens(own, '.rodata.picket'), finds: found },
  { why: 'one that another thread has closed already', event: opens(own, '', { value: 0 }), finds: 'hidden map' },
  { why: 'one without a name', event: opens(own, ''), finds: undefined },
  { why: 'another map', event: opens(process('/usr/bin/cilium-agent'), 'cilium_lxc'), finds: undefined },
  { why: 'refused', event: opens(own, '', { value: 0, result: -1 }), finds: undefined },
  { why: 'perf passes by', event: opens(packaged('/usr/bin/perf record -a'), 'picket_ring'), finds: undefined },
  ...['map show', 'map', '-j prog', 'm s id 7', 'map lookup id 7 key 0', 'map dump name picket_folds'].map(args => ({
    why: `bpftool only shows: ${args}`,
    event: opens(bpftool(args), 'picket_ring'),
    finds: undefined,
  })),
  {
    why: 'bpftool looks for another map',
    event: opens(bpftool('map update name conntrack key 0 value 0'), 'picket_seen'),
    finds: undefined,
  },
  ...[
    'map update id 7 key 0 value 0',
    'm u i 7 key 0',
    '-f map pin name picket_seen /x',
    'map de id 7',
    'batch file x',
  ].map(args => ({
    why: `bpftool works: ${args}`,
    event: opens(bpftool(args), 'picket_seen'),
    finds: found,
  })),
  {
    why: 'a program loaded with one',
    event: opens(bpftool('prog load x.o /sys/fs/bpf/x map idx 0 id 7'), 'picket_quiet'),
    finds: found,
  },
  {
    why: 'with a library of somebody’s in it',
    event: opens(withFields(bpftool('map show'), { loader: ['LD_PRELOAD=/tmp/x.so'] }), 'picket_seen'),
    finds: found,
  },
  {
    why: 'a program of no package that calls itself so',
    event: opens(process('/opt/x/bpftool map show'), 'picket_seen'),
    finds: found,
  },
]);
