/**
 * How much each endpoint may submit. Paid afterwards, because the price is known only when the batch has been read: a
 * bucket may fall below zero, and the endpoint waits until it is above again.
 */

interface Bucket {
  tokens: number;
  /** Seconds. */
  at: number;
}

export class TokenBuckets {
  #rate: number;
  #burst: number;
  #buckets = new Map<string, Bucket>();

  /** `rate` tokens a second, `burst` at most. */
  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
  }

  /** Whole seconds, at least 1, until the key may go on; 0 when it may now. `now` in seconds of any clock that only grows. */
  wait(key: string, now: number): number {
    const bucket = this.#fill(key, now);
    return bucket === undefined || bucket.tokens > 0 ? 0 : Math.max(1, Math.ceil(-bucket.tokens / this.#rate));
  }

  spend(key: string, tokens: number, now: number): void {
    const bucket = this.#fill(key, now) ?? { tokens: this.#burst, at: now };
    bucket.tokens -= tokens;
    this.#buckets.set(key, bucket);
  }

  /** Drops the buckets that are full again: they say nothing that a new one does not. */
  sweep(now: number): void {
    for (const key of this.#buckets.keys()) {
      if (this.#fill(key, now)!.tokens >= this.#burst) this.#buckets.delete(key);
    }
  }

  get size(): number {
    return this.#buckets.size;
  }

  #fill(key: string, now: number): Bucket | undefined {
    const bucket = this.#buckets.get(key);
    if (!bucket) return undefined;
    bucket.tokens = Math.min(this.#burst, bucket.tokens + Math.max(0, now - bucket.at) * this.#rate);
    bucket.at = now;
    return bucket;
  }
}
