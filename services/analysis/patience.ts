/** Waits for a store that is away: tries again with growing pauses, and says once that it does and once that it is over. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AnalysisStoreUnavailable } from '../ports/analysis-store.ts';
import type { Pulse } from '../ports/pulse.ts';

const firstPause = 50;
const longestPause = 2_000;

export class Patience {
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #pulse: Pulse;
  #waiting = false;

  constructor(log: Logger, signal: AbortSignal, pulse: Pulse) {
    this.#log = log;
    this.#signal = signal;
    this.#pulse = pulse;
  }

  /** Nobody waits any more: the service is closing. */
  get isOver(): boolean {
    return this.#signal.aborted;
  }

  /** What `work` gives, once the store answers. Rejects with the signal's reason when it is aborted, and with any other error. */
  async until<T>(work: () => Promise<T>): Promise<T> {
    for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
      this.#signal.throwIfAborted();
      this.#pulse.tried();
      try {
        const result = await work();
        if (this.#waiting) this.#log.info('The control store answers again; analysis goes on');
        this.#waiting = false;
        return result;
      } catch (error) {
        if (!(error instanceof AnalysisStoreUnavailable)) throw error;
        if (!this.#waiting) this.#log.warn({ err: error }, 'The control store does not answer; analysis waits for it');
        this.#waiting = true;
      }
      await pause(wait, undefined, { signal: this.#signal });
    }
  }
}
