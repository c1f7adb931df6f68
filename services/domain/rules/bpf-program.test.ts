import { testDetector } from '../detectors/case-table.ts';
import { kernelChanged, process, withFields } from '../detectors/sample-events.ts';
import type { Process } from '../events/event.ts';
import { bpfProgram } from './bpf-program.ts';

const loads = (by: Process, result = 3) => kernelChanged(by, 'load-program', { path: 'probe', value: 31, result });
const packaged = (command: string) => withFields(process(command), { package: 'tools 1.0' });

testDetector(bpfProgram, [
  {
    why: 'a program of its own',
    event: loads(process('/tmp/blind', '/usr/bin/bash')),
    finds: 'load-program',
    severity: 'medium',
  },
  { why: 'code that Python was given', event: loads(packaged('/usr/bin/python3 -c x')), finds: 'load-program' },
  {
    why: 'a script from a home folder',
    event: loads(withFields(packaged('/usr/bin/python3 x.py'), { script: '/home/a/x.py' })),
    finds: 'load-program',
  },
  {
    why: 'with a library of somebody’s in it',
    event: loads(withFields(packaged('/usr/sbin/bpftool map'), { loader: ['LD_PRELOAD=/tmp/x.so'] })),
    finds: 'load-program',
  },
  {
    why: 'a tool of bcc',
    event: loads(withFields(packaged('/usr/bin/python3 execsnoop'), { script: '/usr/share/bcc/tools/execsnoop' })),
    finds: undefined,
  },
  { why: 'a package’s program', event: loads(packaged('/usr/bin/xdp-filter load eth0')), finds: undefined },
  { why: 'systemd, for a unit', event: loads(process('/usr/lib/systemd/systemd')), finds: undefined },
  { why: 'an agent in a container', event: loads(process('/usr/bin/cilium-agent')), finds: undefined },
  { why: 'refused', event: loads(process('/tmp/blind'), -1), finds: undefined },
  { why: 'a module', event: kernelChanged(process('/tmp/blind'), 'load-module'), finds: undefined },
]);
