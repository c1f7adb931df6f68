/**
 * Notices a signature that comes a second time. A nonce is filed under the minute of its `created`, which is part of what
 * was signed: a replay looks into the same minute, and a minute that the clock window has left behind is forgotten whole.
 */

import { hash } from 'node:crypto';

export class ReplayWindow {
  #windowSeconds: number;
  #capacity: number;
  #minutes = new Map<number, Set<number>>();
  #size = 0;

  /** Remembers at most `capacity` nonces of requests created within `windowSeconds` of now. */
  constructor(windowSeconds: number, capacity: number) {
    this.#windowSeconds = windowSeconds;
    this.#capacity = capacity;
  }

  /**
   * Files the nonce: `fresh`, or `replayed` where it was there, or `full` where it cannot be remembered and so must not be
   * accepted. `created` and `now` are Unix seconds; `created` is within the window.
   */
  file(keyId: string, nonce: string, created: number, now: number): 'fresh' | 'replayed' | 'full' {
    this.#forget(now);
    const minute = Math.floor(created / 60);
    let nonces = this.#minutes.get(minute);
    if (!nonces) {
      nonces = new Set();
      this.#minutes.set(minute, nonces);
    }
    // 48 bits of a hash: with a million remembered, one honest request in 280 million is asked to sign anew.
    const print = Number.parseInt(hash('sha256', `${keyId} ${nonce}`).slice(0, 12), 16);
    if (nonces.has(print)) return 'replayed';
    if (this.#size >= this.#capacity) return 'full';
    nonces.add(print);
    this.#size++;
    return 'fresh';
  }

  get size(): number {
    return this.#size;
  }

  #forget(now: number): void {
    const oldest = Math.floor((now - this.#windowSeconds) / 60);
    for (const [minute, nonces] of this.#minutes) {
      if (minute >= oldest) continue;
      this.#minutes.delete(minute);
      this.#size -= nonces.size;
    }
  }
}
