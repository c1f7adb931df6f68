/** What a process and its descendants use, from /proc. */

import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { quantile } from './quantile.ts';

/** Clock ticks a second in /proc/PID/stat: USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  readonly cpuSeconds: number;
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

/** The process and all that it started and that still runs. */
export function tree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const known = Number.isInteger(pid) ? stat(pid) : undefined;
    if (known) children.set(known.parent, [...(children.get(known.parent) ?? []), pid]);
  }
  const found = [root];
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i]!) ?? []));
  return found;
}

/** Proportional set size in bytes: memory that processes share is counted once between them. */
export function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + pss(pid), 0);
}

const rollupOf = (pid: number) => `/proc/${pid}/smaps_rollup`;
const pssIn = (rollup: string) => Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;

function pss(pid: number): number {
  try {
    return pssIn(readFileSync(rollupOf(pid), 'utf8'));
  } catch {
    return 0;
  }
}

/** User and system time of the processes so far; that of children that have ended is not in it. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (stat(pid)?.cpuSeconds ?? 0), 0);
}

/** CPU time in seconds that the whole machine has spent on anything but waiting, since it was started. */
export function machineCpuSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = /^cpu +(.*)$/m
    .exec(readFileSync('/proc/stat', 'utf8'))![1]!
    .split(' ')
    .map(Number);
  return (user + nice + system + interrupts + softInterrupts + stolen) / ticksPerSecond;
}

/** User and system time of a tree of processes by what runs in them: the name of the first part whose words the command line has. */
export function cpuSecondsByPart<Part extends string>(
  root: number,
  parts: Readonly<Record<Part, string>>,
): Record<Part, number> {
  const seconds = Object.fromEntries(Object.keys(parts).map(part => [part, 0])) as Record<Part, number>;
  for (const pid of tree(root)) {
    const command = commandOf(pid);
    const part = (Object.keys(parts) as Part[]).find(name => command.includes(parts[name]));
    if (part !== undefined) seconds[part] += cpuSecondsOf([pid]);
  }
  return seconds;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/**
 * The memory of a tree of processes over time, looked at once a second, until it is disposed of. The kernel counts the pages of some
 * gigabytes for a tenth of a second: in another thread, for this one measures how long answers take.
 */
export class MemoryCourse implements Disposable {
  #looks: number[] = [];
  #timer: NodeJS.Timeout;

  constructor(root: number) {
    this.#looks.push(memoryOf(tree(root)));
    const look = async () => {
      let bytes = 0;
      for (const pid of tree(root)) bytes += pssIn(await readFile(rollupOf(pid), 'utf8').catch(() => ''));
      this.#looks.push(bytes);
    };
    this.#timer = setInterval(look, 1000);
  }

  /** The largest so far, in bytes. */
  get peak(): number {
    return Math.max(...this.#looks);
  }

  /** The median of the last third over that of the second, less one: 0 where memory is flat once everything is warm. */
  get growth(): number {
    const third = Math.floor(this.#looks.length / 3);
    const middle = median(this.#looks.slice(third, 2 * third));
    return middle === 0 ? 0 : median(this.#looks.slice(2 * third)) / middle - 1;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const median = (numbers: readonly number[]) => quantile(numbers, 0.5) ?? 0;
