/**
 * The last programs executed on an endpoint: enough to see the other side of a pipe or a burst of small commands, and, for longer, who
 * did something to the sensor.
 */

import type { Process } from '../events/event.ts';
import type { ExecId, Micros } from '../events/ids.ts';
import { isTelling } from '../sensor/commands.ts';
import type { Deed } from '../sensor/deeds.ts';

export interface RecentExec {
  readonly time: Micros;
  readonly execId: ExecId;
  readonly parent: ExecId | undefined;
  readonly exe: string;
  /** The first arguments, each cut. */
  readonly args: readonly string[];
  /** Not an execution: what the process did to the agent. */
  readonly deed?: Deed;
}

const kept = 64;
const tellingKept = 32;
const deedsKept = 16;
const horizon = 30_000_000;
const argsKept = 8;
const argLength = 160;

/**
 * A ring of the newest 64 executions, and of those before them the newest 32 that tell who took the sensor's sight: a busy host executes
 * hundreds of programs until the sensor says what was done to it. Beside them the newest 16 deeds against the agent or its clock. Its
 * contents are part of the analysis' state: they are checkpointed.
 */
export class RecentExecs {
  #ring: RecentExec[];
  #telling: RecentExec[];
  #deeds: RecentExec[];

  constructor(snapshot: readonly RecentExec[] = []) {
    const executions = snapshot.filter(({ deed }) => deed === undefined);
    this.#deeds = snapshot.filter(({ deed }) => deed !== undefined).slice(-deedsKept);
    this.#ring = executions.slice(-kept);
    this.#telling = executions.slice(0, -kept).filter(isTelling).slice(-tellingKept);
  }

  add(process: Process, time: Micros): void {
    this.#ring.push(remembered(process, time));
    const oldest = this.#ring.length > kept ? this.#ring.shift() : undefined;
    if (!oldest || !isTelling(oldest)) return;
    this.#telling.push(oldest);
    if (this.#telling.length > tellingKept) this.#telling.shift();
  }

  /** Of one process that does the same again and again, the newest alone. */
  did(deed: Deed, process: Process, time: Micros): void {
    this.#deeds = this.#deeds.filter(known => known.deed !== deed || known.execId !== process.execId);
    this.#deeds.push({ ...remembered(process, time), deed });
    if (this.#deeds.length > deedsKept) this.#deeds.shift();
  }

  /** Executions by children of the same parent in the half minute before the newest one, oldest first. */
  siblings(process: Process): RecentExec[] {
    const parent = process.parent?.execId;
    if (!parent) return [];
    const newest = this.#ring.at(-1)?.time ?? 0;
    return this.#ring.filter(exec => exec.parent === parent && newest - exec.time <= horizon);
  }

  snapshot(): readonly RecentExec[] {
    return [...this.#deeds, ...this.#telling, ...this.#ring];
  }
}

const remembered = (process: Process, time: Micros): RecentExec => ({
  time,
  execId: process.execId,
  parent: process.parent?.execId,
  exe: process.exe,
  args: process.args.slice(0, argsKept).map(arg => (arg.length > argLength ? copied(arg) : arg)),
});

/** The beginning as a text of its own: a slice would hold all of the argument, 32 KiB. */
const copied = (arg: string): string => Buffer.from(arg.slice(0, argLength)).toString();
