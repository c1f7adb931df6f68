/** What was lost or cut, by name, cumulative since the agent started. Every batch carries these counters to the server. */

export class Losses {
  readonly #own = new Map<string, number>();
  readonly #told = new Set<string>();
  readonly #sensor: () => Readonly<Record<string, number>>;

  /** `sensor` gives the counters of the kernel side. */
  constructor(sensor: () => Readonly<Record<string, number>> = () => ({})) {
    this.#sensor = sensor;
  }

  add(name: string, events = 1): void {
    this.#own.set(name, (this.#own.get(name) ?? 0) + events);
  }

  /** Names of counters that were zero when this was asked last: what is to be logged, once. */
  news(): string[] {
    const fresh = Object.keys(this.all()).filter(name => !this.#told.has(name));
    for (const name of fresh) this.#told.add(name);
    return fresh;
  }

  /** All counters that are not zero. */
  all(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const [name, count] of [...Object.entries(this.#sensor()), ...this.#own]) {
      if (count > 0) all[name] = (all[name] ?? 0) + count;
    }
    return all;
  }
}
