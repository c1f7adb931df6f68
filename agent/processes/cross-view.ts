/**
 * Processes that somebody hides. The kernel's own list of tasks, what /proc lists, what each folder of /proc shows, and who did
 * something since the last look are views of the same processes: one that is in one view and not in another is hidden. Processes
 * start and end meanwhile, so what differs counts only if it still does at a second look.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import type { KernelTask } from '@picket/native';
import { Operation } from '@picket/proto';

/** How a process is hidden: `Operation` of the wire schema. */
export type Hiding = (typeof Operation)['HIDE_ENTRY' | 'HIDE_LISTING' | 'HIDE_TASK'];

export interface Hidden {
  readonly how: Hiding;
  readonly pid: number;
  readonly startTicks: number;
  readonly parentPid: number;
  /** The kernel's name of it; '' where the kernel does not list it. */
  readonly name: string;
  /** Not this one alone: /proc shows less than half of all that run, and this is the first of them. */
  readonly isAll?: true;
}

export interface ActiveProcess {
  readonly pid: number;
  readonly startTicks: number;
  /** When it last did something, microseconds since the epoch. */
  readonly activeMicros: number;
}

export interface ProcessViews {
  /** Empty where the kernel can't be asked: then nothing is compared. */
  kernel(): readonly KernelTask[];
  /** Processes that did something since then (microseconds since the epoch) and of which no end is known. */
  active(sinceMicros: number): readonly ActiveProcess[];
  /** Each /proc that is compared: what is hidden in one of them is hidden. */
  readonly procs: readonly ProcView[];
}

export interface ProcView {
  /** What /proc lists. */
  listed(): ReadonlySet<number>;
  /** Start of the process that the folder of this pid in /proc shows; undefined where it shows none. */
  shown(pid: number): number | undefined;
}

/** Folders of /proc that are read without a break: 4 ms. */
const atOnce = 64;
/** Nobody hides the first process; the kernel of a small virtual machine may keep it to itself. */
const init = 1;
/** Told of one look; whoever hides more is found all the same. */
const mostTold = 32;
/** Repetition that was folded is told this much later than it was, and so may be later than the end of the process. */
const lateMicros = 10_000_000;

export class CrossView {
  readonly #views: ProcessViews;
  #told = new Set<string>();
  /** Who did something though the kernel did not list it, and when that was first seen. */
  #absent = new Map<string, number>();
  #lookedMicros = Number.POSITIVE_INFINITY;

  constructor(views: ProcessViews) {
    this.#views = views;
  }

  /**
   * Looks, and where something differs looks again after `pause`. Gives what is hidden, each process once for as long as it stays so.
   * A process that acts and is in no list takes two calls: an end that was lost looks the same at first.
   */
  async find(nowMicros: number, pause: () => Promise<void>): Promise<Hidden[]> {
    const first = await this.#differences();
    const hidden = this.#actsUnlisted(nowMicros);
    const fresh = [...first.keys()].filter(key => !this.#told.has(key));
    if (fresh.length > 0) {
      await pause();
      const second = await this.#differences();
      for (const key of fresh) if (second.has(key)) hidden.set(key, second.get(key)!);
    }
    this.#told = new Set([...this.#told].filter(key => first.has(key) || hidden.has(key)));
    const found = [...hidden].filter(([key]) => !this.#told.has(key)).slice(0, mostTold);
    for (const [key] of found) this.#told.add(key);
    return found.map(([, each]) => each);
  }

  async #differences(): Promise<Map<string, Hidden>> {
    const found = new Map<string, Hidden>();
    for (const proc of this.#views.procs) for (const hidden of await this.#compared(proc)) add(found, hidden);
    return found;
  }

  async #compared(proc: ProcView): Promise<Iterable<Hidden>> {
    const found = new Map<string, Hidden>();
    const before = proc.listed();
    const tasks = this.#views.kernel();
    const after = proc.listed();
    if (tasks.length === 0) return [];
    const known = new Set(tasks.map(({ pid }) => pid));
    let looked = 0;
    for (const { pid, startTicks, parentPid, name } of tasks) {
      const is = { pid, startTicks, parentPid, name };
      if (!before.has(pid) && !after.has(pid)) add(found, { how: Operation.HIDE_LISTING, ...is });
      else if (proc.shown(pid) !== startTicks) add(found, { how: Operation.HIDE_ENTRY, ...is });
      if (++looked % atOnce === 0) await breathe();
    }
    for (const pid of before) {
      if (pid === init) continue;
      const startTicks = known.has(pid) || !after.has(pid) ? undefined : proc.shown(pid);
      if (startTicks !== undefined) add(found, { how: Operation.HIDE_TASK, pid, startTicks, parentPid: 0, name: '' });
    }
    if (found.size * 2 <= tasks.length) return found.values();
    // Somebody covered /proc, and to name all is to name nobody: it is told as one.
    const lowest = tasks.reduce((lowest, task) => (task.pid < lowest.pid ? task : lowest));
    const { pid, startTicks, parentPid, name } = lowest;
    return [{ how: Operation.HIDE_LISTING, pid, startTicks, parentPid, name, isAll: true }];
  }

  #actsUnlisted(nowMicros: number): Map<string, Hidden> {
    const found = new Map<string, Hidden>();
    const absent = new Map<string, number>();
    const since = this.#lookedMicros;
    this.#lookedMicros = nowMicros;
    const tasks = new Map(this.#views.kernel().map(({ pid, startTicks }) => [pid, startTicks]));
    if (tasks.size === 0) return found;
    for (const { pid, startTicks, activeMicros } of this.#views.active(since)) {
      if (pid === init || tasks.get(pid) === startTicks) continue;
      const hidden: Hidden = { how: Operation.HIDE_TASK, pid, startTicks, parentPid: 0, name: '' };
      const firstMicros = this.#absent.get(keyOf(hidden)) ?? nowMicros;
      absent.set(keyOf(hidden), firstMicros);
      if (activeMicros > firstMicros + lateMicros) add(found, hidden);
    }
    this.#absent = absent;
    return found;
  }
}

const keyOf = ({ how, pid, startTicks, isAll }: Hidden): string => (isAll ? 'all' : `${how}:${pid}:${startTicks}`);
const add = (to: Map<string, Hidden>, hidden: Hidden): unknown => to.set(keyOf(hidden), hidden);

export const procView = (root = '/proc'): ProcView => ({
  listed() {
    let names: string[] = [];
    try {
      names = readdirSync(root);
    } catch {
      // Taken away, or covered by what lets nobody in.
    }
    return new Set(names.flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : [])));
  },
  shown(pid) {
    let stat: string;
    try {
      stat = readFileSync(`${root}/${pid}/stat`, 'latin1');
    } catch {
      return undefined;
    }
    if (!stat.startsWith(`${pid} (`)) return undefined;
    // The name stands in parentheses and may itself hold some.
    const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isSafeInteger(startTicks) ? startTicks : undefined;
  },
});
