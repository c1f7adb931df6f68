/** Whether a consumer still does something, for /healthz: what waits for a store or a broker tries again and again, and so lives. */

/** A statement may take two minutes until it is given up, and a rebalance one more: what is silent for longer hangs. */
const silentMillis = 5 * 60_000;

export class Pulse {
  readonly #clock: () => number;
  /** Milliseconds of the clock; `undefined` until the first sign, and for good on a bus that gives none. */
  #last: number | undefined;

  /** @param clock monotonic, milliseconds */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** The bus says that the consumer works, or waits for messages. */
  beat(): void {
    this.#last = this.#clock();
  }

  /** What was delivered is being tried, once more: a store that is away is no reason to begin anew. */
  tried(): void {
    if (this.#last !== undefined) this.beat();
  }

  /** What is wrong, in one line; `undefined` where all is well. */
  trouble(): string | undefined {
    if (this.#last === undefined) return undefined;
    const silent = this.#clock() - this.#last;
    if (silent < silentMillis) return undefined;
    return `the consumer of the bus has given no sign of life for ${Math.round(silent / 1000)} s`;
  }
}
