/** What a benchmark loads and watches: the server in one process, or the whole cluster on this machine. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Receiver } from '../load/agent.ts';
import type { Api } from './api.ts';

export interface System {
  /** Of the process that all others descend from. */
  readonly pid: number;
  readonly receiver: Receiver;
  readonly api: Api;
  /** Messages that archive and analysis have not committed yet, both together. */
  lag(): Promise<number>;
  stop(): Promise<void>;
}

/** Resolves when archive and analysis have committed everything that the bus holds. */
export async function drained(system: System, seconds = 600): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await delay(100))
    if ((await system.lag()) === 0) return;
  throw new Error(`After ${seconds} s archive and analysis have not caught up`);
}
