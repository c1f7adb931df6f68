/** The figures of a process, those of its threads among them. */

import { Registry } from 'prom-client';

export class ProcessRegistry extends Registry {
  readonly #others: (() => Promise<string>)[] = [];

  /** `metrics` gives Prometheus' text format; no family of it is in this registry too. */
  add(metrics: () => Promise<string>): void {
    this.#others.push(metrics);
  }

  override async metrics(): Promise<string> {
    const texts = await Promise.all([super.metrics(), ...this.#others.map(other => other())]);
    return texts.join('\n');
  }
}
