/**
 * How the run before this one ended. A run says in the file `run` beside the spool that it is there, and at its end that it
 * ends; what it could not say any more, the file's age, the boot id and the witness's notes (`ended-by`) tell.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSignals, type SentSignal } from '@picket/native';
import { PreviousEnd } from '@picket/proto';

/** What the file holds. */
export interface RunMark {
  /** Kernel boot id, 32 hex digits. */
  readonly boot: string;
  /** Microseconds since the epoch. */
  readonly startedMicros: number;
  readonly aliveMicros: number;
  readonly inOrder: boolean;
}

export interface RunBefore {
  readonly end: PreviousEnd;
  readonly aliveMicros: number;
  /** What ended it, where a witness saw it: also what stopped it in its tracks, until the service manager gave it up. */
  readonly signal: SentSignal | undefined;
}

export const witnessFile = (folder: string): string => join(folder, 'ended-by');
const markFile = (folder: string): string => join(folder, 'run');

/** `wallAtBoot`: what the wall clock showed at boot, microseconds. Forgets what the witness wrote, so that it is told once. */
export function runBefore(folder: string, boot: string, wallAtBoot: number): RunBefore {
  const signals = readSignals(witnessFile(folder));
  rmSync(witnessFile(folder), { force: true });
  const mark = readMark(folder);
  if (mark === 'none') return { end: PreviousEnd.NONE, aliveMicros: 0, signal: undefined };
  if (mark === 'damaged') return { end: PreviousEnd.UNKNOWN, aliveMicros: 0, signal: undefined };
  const { aliveMicros } = mark;
  if (mark.inOrder) return { end: PreviousEnd.IN_ORDER, aliveMicros, signal: undefined };
  if (mark.boot !== boot) return { end: PreviousEnd.HOST_DOWN, aliveMicros, signal: undefined };
  const since = (micros: number) => (sent: SentSignal | undefined) =>
    sent !== undefined && wallAtBoot + sent.bootMicros >= micros;
  const last = [signals.kill, signals.end]
    .filter(since(mark.startedMicros))
    .toSorted((a, b) => b!.bootMicros - a!.bootMicros)[0];
  const wasStopped = since(aliveMicros)(signals.stop) && (!last || isServiceManagers(last));
  return { end: PreviousEnd.KILLED, aliveMicros, signal: wasStopped ? signals.stop : last };
}

/** Its watchdog ends an agent that did not run: who saw to that is told, not who cleared up. */
const isServiceManagers = ({ sender }: SentSignal): boolean => sender.pid === 1 || sender.name === 'systemd';

/** A disk that does not take it costs a true word about this run at the next start, nothing else. */
export function writeMark(folder: string, mark: RunMark): void {
  try {
    writeFileSync(`${markFile(folder)}.new`, JSON.stringify(mark), { mode: 0o600 });
    renameSync(`${markFile(folder)}.new`, markFile(folder));
  } catch {
    // Said by the spool already, which needs the same disk.
  }
}

function readMark(folder: string): RunMark | 'none' | 'damaged' {
  let text: string;
  try {
    text = readFileSync(markFile(folder), 'utf8');
  } catch {
    return 'none';
  }
  try {
    const { boot, startedMicros, aliveMicros, inOrder } = JSON.parse(text) as Partial<RunMark>;
    if (typeof boot !== 'string' || typeof inOrder !== 'boolean') return 'damaged';
    if (!Number.isSafeInteger(startedMicros) || !Number.isSafeInteger(aliveMicros)) return 'damaged';
    return { boot, inOrder, startedMicros: startedMicros!, aliveMicros: aliveMicros! };
  } catch {
    return 'damaged';
  }
}
