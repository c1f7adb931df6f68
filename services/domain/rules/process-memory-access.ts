import { type Detector, none, wasTried } from '../detectors/detector.ts';
import { containerRuntimes, initSystem, union } from '../detectors/groups.ts';
import { basename, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const memory = /^\/proc\/(\d+)\/(?:task\/\d+\/)?mem$/;
/** They look into other processes for a living. */
const debuggers = union(
  containerRuntimes,
  initSystem,
  new Set([
    ...['gdb', 'gdbserver', 'lldb', 'lldb-server', 'strace', 'ltrace', 'perf', 'rr', 'dlv', 'valgrind', 'criu'],
    ...['gcore', 'jcmd', 'jmap', 'jhsdb', 'java', 'systemd-coredump', 'apport', 'abrt-hook-ccpp'],
    ...['chrome_crashpad_handler', 'crashpad_handler', 'crashhelper', 'py-spy', 'bpftrace', 'uprobe', 'wine'],
    ...['wineserver', 'qemu-system-x86_64', 'gnome-abrt', 'drkonqi', 'drkonqi-coredump-processor'],
  ]),
);

export const processMemoryAccess: Detector<'file.opened'> = {
  id: 'file.process-memory-access',
  title: 'Memory of another process opened',
  techniques: ['T1055.009', 'T1003.007'],
  severity: 'high',
  needs: ['file.opened'],
  watches: path => memory.test(path),
  detect(event) {
    const owner = Number(memory.exec(event.path)?.[1]);
    if (!wasTried(event) || owner === event.process.pid || isOneOf(event.process, debuggers)) return none;
    const write = (event.flags & 3) !== 0;
    return {
      deviation: `${write ? 'write' : 'read'} /proc/<pid>/mem`,
      reason: sentence(
        `${basename(programOf(event.process))} opened the memory of process ${owner} for ${write ? 'writing' : 'reading'}, as only debuggers do`,
      ),
      saw: [{ label: 'Opened', value: event.path }],
      severity: write ? 'critical' : 'high',
    };
  },
};
