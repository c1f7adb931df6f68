/**
 * Time in which the agent was there and not let run: SIGSTOP, a frozen cgroup, a debugger, a starved host. Told from the
 * host's own sleep by CLOCK_MONOTONIC, which stands still in that.
 */

/** What a timer may be late, milliseconds. */
const tolerated = 1_000;

export class HeldUp {
  readonly #everyMillis: number;
  #last: number;
  #micros = 0;

  /** `nowMillis` is CLOCK_MONOTONIC, of which `look` is to be called every so often. */
  constructor(everyMillis: number, nowMillis: number) {
    this.#everyMillis = everyMillis;
    this.#last = nowMillis;
  }

  /** In all, microseconds. */
  get micros(): number {
    return this.#micros;
  }

  /** How long the agent was held up since it looked last, milliseconds. */
  look(nowMillis: number): number {
    const late = nowMillis - this.#last - this.#everyMillis;
    this.#last = nowMillis;
    if (late < tolerated) return 0;
    this.#micros += Math.round(late * 1000);
    return late;
  }
}
