/** Kills one process, known by its exec id. */

import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { killProcess } from '@picket/native';
import { readProcess } from '../processes/proc.ts';
import { uuidText } from '../sending/transport.ts';
import type { Ending } from './report.ts';

const patienceMillis = 5_000;
const lookMillis = 20;
const noSuchProcess = 3;

/** @param boot this boot's id, 32 hex digits */
export async function kill(execId: string, boot: string): Promise<Ending> {
  const match = /^([0-9a-f-]{36}):(\d{1,9}):(\d{1,15})$/.exec(execId);
  if (!match) return { outcome: 'refused', detail: 'The exec id is none: BOOT-ID:PID:START-TICKS was expected' };
  const [pid, startTicks] = [Number(match[2]), Number(match[3])];
  if (match[1] !== uuidText(boot)) {
    return { outcome: 'failed', detail: 'It has ended: the host was started anew since the process ran' };
  }
  if (pid <= 1)
    return { outcome: 'refused', detail: 'The first process of a host is not killed: the host would go down' };
  if (pid === process.pid)
    return { outcome: 'refused', detail: 'The agent does not kill itself; stop its service on the host' };
  const name = exeOf(pid);
  const error = killProcess(pid, startTicks);
  if (error === noSuchProcess) {
    return { outcome: 'failed', detail: `It has ended already: no process with pid ${pid} began at that time` };
  }
  if (error !== 0) return { outcome: 'failed', detail: `The kernel refused the signal (errno ${error})` };
  const end = performance.now() + patienceMillis;
  while (isRunning(pid, startTicks)) {
    if (performance.now() > end) {
      return {
        outcome: 'failed',
        detail: `${name} (pid ${pid}) has got SIGKILL and has not ended in 5 s: the kernel holds it, it ends when that call returns`,
      };
    }
    await wait(lookMillis);
  }
  return { outcome: 'done', detail: `${name} (pid ${pid}) was killed` };
}

const exeOf = (pid: number): string => Buffer.from(readProcess(pid)?.exe || 'The process', 'latin1').toString();

/** False too where it has ended and its parent has not asked for it. */
function isRunning(pid: number, startTicks: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return false;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[19]) === startTicks && fields[0] !== 'Z' && fields[0] !== 'X';
}
