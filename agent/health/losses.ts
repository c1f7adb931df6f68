/** What was lost or cut, by name, cumulative since the agent started. Every batch carries these counters to the server. */

export class Losses {
  readonly #own = new Map<string, number>();
  readonly #sensor: () => Readonly<Record<string, number>>;

  /** `sensor` gives the counters of the kernel side. */
  constructor(sensor: () => Readonly<Record<string, number>> = () => ({})) {
    this.#sensor = sensor;
  }

  add(name: string, events = 1): void {
    this.#own.set(name, (this.#own.get(name) ?? 0) + events);
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
