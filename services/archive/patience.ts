/** Waits for the stores as long as it takes, says so once when it begins and once when it is over. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BusFull } from '../ports/bus.ts';
import { EventStoreUnavailable } from '../ports/event-store.ts';
import type { Pulse } from '../ports/pulse.ts';
import type { ArchiveMetrics } from './metrics.ts';

const firstBackoffMs = 100;
const lastBackoffMs = 5_000;

export class Patience {
  readonly #log: Logger;
  readonly #metrics: ArchiveMetrics;
  readonly #pulse: Pulse;
  #reason: EventStoreUnavailable['reason'] | undefined;
  #since = 0;

  constructor(log: Logger, metrics: ArchiveMetrics, pulse: Pulse) {
    this.#log = log;
    this.#metrics = metrics;
    this.#pulse = pulse;
  }

  /** Runs `attempt` until it succeeds. Rejects with what waiting does not help, and when `signal` is aborted. */
  async until<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let wait = firstBackoffMs; ; wait = Math.min(wait * 2, lastBackoffMs)) {
      signal.throwIfAborted();
      this.#pulse.tried();
      try {
        const result = await attempt();
        this.#over();
        return result;
      } catch (error) {
        if (error instanceof EventStoreUnavailable) this.#begun(error.reason, error.message);
        else if (error instanceof BusFull) this.#begun('disk-full', error.message);
        else throw error;
      }
      await delay(wait, undefined, { signal });
    }
  }

  #begun(reason: EventStoreUnavailable['reason'], detail: string): void {
    if (this.#reason === undefined) this.#since = performance.now();
    if (this.#reason === reason) return;
    this.#reason = reason;
    this.#metrics.storeAvailable.set(0);
    this.#log.error(
      { reason, detail: detail.slice(0, 500) },
      reason === 'disk-full'
        ? "the event store's disk is full: free space, nothing is lost meanwhile"
        : 'the event store does not take events: the archive waits, nothing is lost meanwhile',
    );
  }

  #over(): void {
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#metrics.storeAvailable.set(1);
    this.#log.info({ waitedMs: Math.round(performance.now() - this.#since) }, 'the event store takes events again');
  }
}
