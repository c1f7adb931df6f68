/**
 * Something of which there is so much for all endpoints together: bytes of bodies, submissions at one moment. Whoever takes from it may
 * not be proven yet, and whoever is may be hostile: one endpoint gets no more than an eighth, and is in nobody's way but its own.
 */
export class Room {
  readonly #limit: number;
  #taken = 0;
  readonly #byEndpoint = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False where there is no room; then nothing was taken. */
  take(endpoint: string, amount: number): boolean {
    const own = (this.#byEndpoint.get(endpoint) ?? 0) + amount;
    if (this.#taken + amount > this.#limit || own > this.#limit / 8) return false;
    this.#taken += amount;
    this.#byEndpoint.set(endpoint, own);
    return true;
  }

  give(endpoint: string, amount: number): void {
    if (amount === 0) return;
    this.#taken -= amount;
    const own = (this.#byEndpoint.get(endpoint) ?? 0) - amount;
    if (own > 0) this.#byEndpoint.set(endpoint, own);
    else this.#byEndpoint.delete(endpoint);
  }
}
