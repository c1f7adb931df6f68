/** Waits for a store as long as it takes: tries again with growing pauses, and tells when that begins and when it is over. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Pulse } from './pulse.ts';

/** Milliseconds between two attempts: doubled each time, up to the last. */
const pauses = { first: 50, last: 2_000 };

/** What may be away, and who is told. */
export interface Awaited {
  /** Why another attempt may succeed; `undefined` of an error that waiting does not help. */
  reason(error: unknown): string | undefined;
  /** An attempt failed, the first of them or for another reason than the one before. */
  begun(reason: string, error: Error): void;
  /** An attempt succeeded after others that failed. */
  over(waitedMillis: number): void;
}

export class Patience {
  readonly #awaited: Awaited;
  readonly #signal: AbortSignal;
  readonly #pulse: Pulse;
  #reason: string | undefined;
  #since = 0;

  /** `signal`: aborted when the service closes, and nobody waits any more. */
  constructor(awaited: Awaited, signal: AbortSignal, pulse: Pulse) {
    this.#awaited = awaited;
    this.#signal = signal;
    this.#pulse = pulse;
  }

  get isOver(): boolean {
    return this.#signal.aborted;
  }

  /** What `attempt` gives, once it succeeds. Rejects with what waiting does not help, and when the signal is aborted. */
  async until<T>(attempt: () => Promise<T>): Promise<T> {
    for (let pause = pauses.first; ; pause = Math.min(pause * 2, pauses.last)) {
      this.#signal.throwIfAborted();
      this.#pulse.tried();
      try {
        const result = await attempt();
        this.#over();
        return result;
      } catch (error) {
        const reason = this.#awaited.reason(error);
        if (reason === undefined) throw error;
        this.#begun(reason, error as Error);
      }
      await delay(pause, undefined, { signal: this.#signal });
    }
  }

  #begun(reason: string, error: Error): void {
    if (this.#reason === undefined) this.#since = performance.now();
    if (this.#reason === reason) return;
    this.#reason = reason;
    this.#awaited.begun(reason, error);
  }

  #over(): void {
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#awaited.over(Math.round(performance.now() - this.#since));
  }
}
