import { isAgent } from '../detectors/agent.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { containerRuntimes, initSystem, union } from '../detectors/groups.ts';
import { basename, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';
import type { Process } from '../events/event.ts';

/** They look into other processes for a living. */
const debuggers = union(
  containerRuntimes,
  initSystem,
  new Set([
    ...[
      'gdb',
      'gdbserver',
      'lldb',
      'lldb-server',
      'strace',
      'ltrace',
      'perf',
      'rr',
      'dlv',
      'valgrind',
      'criu',
      'gcore',
    ],
    ...[
      'java',
      'jcmd',
      'jmap',
      'jhsdb',
      'systemd-coredump',
      'apport',
      'abrt-hook-ccpp',
      'reptyr',
      'uprobe',
      'bpftrace',
    ],
    ...[
      'chrome_crashpad_handler',
      'crashpad_handler',
      'crashhelper',
      'py-spy',
      'wine',
      'wineserver',
      'proot',
      'gvisor',
    ],
    ...['chrome', 'chromium', 'firefox', 'plugin-container', 'pipewire', 'pulseaudio', 'runsc', 'drkonqi'],
  ]),
);

/** They act for what a container may not do itself, on the files that it has open. */
const supervisors = union(debuggers, new Set(['bypass4netns', 'sysbox-fs', 'seccomp-agent']));

const deeds: Readonly<Partial<Record<string, string>>> = {
  trace: 'took control of',
  'write-memory': 'wrote into the memory of',
  'write-registers': 'changed the registers of',
  'take-descriptor': 'took an open file of',
};

const isAncestor = (process: Process, of: Process): boolean => {
  for (let at = of.parent; at; at = at.parent) if (at.execId === process.execId) return true;
  return false;
};

/** Whoever controls another process acts in its name; of one's own children, and under a debugger, that is ordinary: not of the agent. */
export const processInjection: Detector<'process.accessed'> = {
  id: 'process.process-injection',
  title: 'Another process taken control of or written into',
  techniques: ['T1055.008', 'T1055'],
  severity: 'high',
  needs: ['process.accessed'],
  detect({ process, operation, target, result }) {
    const deed = deeds[operation];
    const takes = operation === 'take-descriptor';
    if (deed === undefined || result < 0) return none;
    if (isOneOf(process, takes ? supervisors : debuggers) && !(target && isAgent(target))) return none;
    if (target && (target.execId === process.execId || isAncestor(process, target))) return none;
    const other = target ? programOf(target) : 'another process';
    const foreign = target !== undefined && target.uid !== process.uid;
    return {
      deviation: `${operation} ${target ? basename(other) : 'unknown'}`,
      reason: sentence(
        `${basename(programOf(process))} ${deed} ${other}, as only debuggers ${takes ? 'and supervisors of containers ' : ''}do${foreign ? ', and it is another user’s' : ''}`,
      ),
      saw: [
        { label: 'Process', value: target ? `${other} (pid ${target.pid})` : 'unknown' },
        ...(target ? [{ label: 'Its user', value: target.user || String(target.uid) }] : []),
      ],
      severity: foreign || operation.startsWith('write-') ? 'critical' : 'high',
    };
  },
};
