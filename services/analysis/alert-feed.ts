/**
 * Changes of alerts on their way from the store's outbox onto the bus' topic `alerts`, for those who feed something else with them. At
 * least once, and for an endpoint in the order in which they were recorded: a change is in the outbox until the bus has it.
 * Where the bus stays away the newest wait and the oldest are dropped, counted.
 */

import type { Logger } from 'pino';
import type { AlertChange } from '../ports/alert-outbox.ts';
import { type AnalysisStore, AnalysisStoreUnavailable } from '../ports/analysis-store.ts';
import type { Bus, Message } from '../ports/bus.ts';
import type { AnalysisMetrics } from './metrics.ts';

/** Changes published at once, in one transaction of the store. */
const atOnce = 500;

interface Options {
  readonly store: AnalysisStore;
  readonly bus: Bus;
  readonly log: Logger;
  readonly metrics: AnalysisMetrics;
  readonly everyMillis: number;
  /** Changes that may wait. */
  readonly bound: number;
}

export class AlertFeed {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;
  #telling: Promise<void> | undefined;
  #failing = false;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#telling ??= this.tell().finally(() => {
        this.#telling = undefined;
      });
    }, this.#options.everyMillis);
    this.#timer.unref();
  }

  /** Publishes what waits, as far as the bus takes it; the rest is for the next time. */
  async tell(): Promise<void> {
    const { store, metrics, log } = this.#options;
    try {
      await this.#trim();
      while (!this.#closed && (await this.#some()));
      metrics.outbox.set(await store.outbox.length());
      if (this.#failing) log.info('The topic alerts takes changes of alerts again');
      this.#failing = false;
    } catch (error) {
      // That the store is away is said by the rest of the analysis.
      if (error instanceof AnalysisStoreUnavailable || this.#failing) return;
      this.#failing = true;
      log.warn({ err: error }, 'The topic alerts takes nothing; changes of alerts wait in the control store');
    }
  }

  /** Resolves when nothing is being published any more; what waits is there for whoever comes next. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#telling;
  }

  async #trim(): Promise<void> {
    const { store, metrics, log, bound } = this.#options;
    const waiting = await store.outbox.length();
    metrics.outbox.set(waiting);
    if (waiting <= bound) return;
    const dropped = await store.outbox.trim(bound);
    metrics.outbox.set(waiting - dropped);
    metrics.changes.inc({ outcome: 'dropped' }, dropped);
    log.error({ dropped, bound }, 'Too many changes of alerts wait for the topic alerts: the oldest were dropped');
  }

  /** False where there are no more for now. */
  async #some(): Promise<boolean> {
    const { store, bus, metrics } = this.#options;
    const taken = await store.outbox.drain(atOnce, async changes => {
      const told = newest(changes);
      await bus.publish('alerts', told.map(messageOf));
      metrics.changes.inc({ outcome: 'published' }, told.length);
    });
    return taken === atOnce;
  }
}

/** Without the counts that a later change of the same alert includes: however fast an alert repeats, it is told once a turn. */
export function newest(changes: readonly AlertChange[]): AlertChange[] {
  const last = new Map(changes.map(change => [change.alert.id, change]));
  return changes.filter(change => change.change !== 'counted' || last.get(change.alert.id) === change);
}

function messageOf(change: AlertChange): Message {
  const headers = { 'content-type': 'application/json', id: change.id, change: change.change };
  return { key: change.alert.endpoint.id, headers, value: Buffer.from(JSON.stringify(change)) };
}
