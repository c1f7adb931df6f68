/** What a benchmark loads and watches: the server in one process, or the whole cluster on this machine. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Receiver } from '../load/connection.ts';
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

/** Resolves when archive and analysis have committed everything that the bus holds. Who has too much to do may not answer at once. */
export async function drained(system: System, seconds = 600): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await delay(100))
    if ((await system.lag().catch(() => undefined)) === 0) return;
  throw new Error(`After ${seconds} s archive and analysis have not caught up`);
}

/** Values of a /metrics by their full name with labels. */
export async function metricsOf(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.matchAll(/^([a-z_]+(?:\{.*\})?) (\S+)$/gm);
  return new Map([...samples].map(([, name, value]) => [name!, Number(value)]));
}

/** What ingress says of the bus: messages that archive and analysis have not committed. NaN where it does not say. */
export async function busLag(ingressUrl: string): Promise<number> {
  const metrics = await metricsOf(ingressUrl);
  const lag = (group: string) => metrics.get(`picket_bus_lag_messages{group="events/${group}"}`) ?? Number.NaN;
  return lag('archive') + lag('analysis');
}
