/**
 * A process named for ever: its pid and its start time. A pid alone is only a place, and may be another's by now.
 *
 * Kept in a small file beside what the process owns, so that the next server finds what a killed one left behind.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTicks: number;
}

/** `undefined` where no such process runs (a zombie runs no more). */
export function identify(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The command's name stands in brackets and may hold anything, brackets and spaces too: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTicks: Number(fields[19]) };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

export function writeIdentity(file: string, identity: ProcessIdentity): void {
  writeFileSync(file, `${JSON.stringify(identity)}\n`, { mode: 0o600 });
}

/** `undefined` where there is no file, or none that could be read as an identity. */
export function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    const { pid, startTicks } = JSON.parse(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && Number.isInteger(startTicks) ? { pid, startTicks } : undefined;
  } catch {
    return undefined;
  }
}

export function forgetIdentity(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Ends a process that need not be our child: `signal`, and SIGKILL after `patienceMs`. Resolves when it is gone.
 * Gives how it ended; `absent` where it did not run.
 */
export async function end(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<'absent' | 'asked' | 'killed'> {
  if (!isRunning(identity)) return 'absent';
  send(identity, signal);
  if (await gone(identity, patienceMs)) return 'asked';
  send(identity, 'SIGKILL');
  if (!(await gone(identity, 10_000))) throw new Error(`process ${identity.pid} does not end on SIGKILL`);
  return 'killed';
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function gone(identity: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (isRunning(identity)) {
    if (performance.now() > until) return false;
    await delay(20);
  }
  return true;
}
