import { ProcessFlag } from '@picket/proto';
import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { basename } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';

const kernelThread =
  /^\[?(?:kworker|kthreadd|ksoftirqd|migration|rcu_\w+|kswapd|watchdog|jbd2|kdevtmpfs|khugepaged|kauditd)[^\s\]]*\]?$/;

/** Kernel threads have no executable: a program that calls itself one hides in the list of processes. */
export const masquerade: Detector<'process.executed'> = {
  id: 'process.masquerade',
  title: 'Program under a name that hides it',
  techniques: ['T1036.004', 'T1036.006', 'T1564.001'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    if (result < 0 || process.flags & ProcessFlag.KERNEL_THREAD) return none;
    const called = process.args[0] ?? '';
    const name = basename(process.exe);
    const how =
      kernelThread.test(called) || (/^\[.+\]$/.test(called) && name !== '[')
        ? `calls itself ${called}, as only threads of the kernel do`
        : /\s$/.test(name)
          ? 'has a name that ends with a blank'
          : /^\.{2,}|^\.\s/.test(name)
            ? 'has a name of dots'
            : undefined;
    if (how === undefined) return none;
    return {
      deviation: `hidden ${generalise(process.exe)}`,
      reason: `${process.exe} ${how}`,
      saw: [{ label: 'Called', value: commandLine(process.args) }],
    };
  },
};
