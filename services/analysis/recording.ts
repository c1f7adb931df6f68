/** Findings on their way into the store: all that a delivery gave in one transaction, so that a flood costs little more than one. */

import type { Logger } from 'pino';
import type { Finding } from '../domain/alerts/finding.ts';
import type { Recovery } from '../domain/sensor/observe.ts';
import type { AnalysisStore } from '../ports/analysis-store.ts';
import type { AnalysisMetrics } from './metrics.ts';
import type { Patience } from './patience.ts';
import type { Pending } from './pending.ts';

/** As many findings are recorded without waiting for the end of the delivery. */
const atOnce = 200;

interface Waiting extends Pending {
  /** When ingress got its submission, microseconds since the epoch; NaN where nobody said. */
  readonly received: number;
}

export class Recording {
  readonly #store: AnalysisStore;
  readonly #patience: Patience;
  readonly #metrics: AnalysisMetrics;
  readonly #log: Logger;
  /** Outlives a delivery that fails half-way: when it comes again, its batches are known and give no findings. */
  #waiting: Waiting[] = [];
  /** Told after the findings, since one of those may have opened what is over by now. */
  #over: Recovery[] = [];

  constructor(store: AnalysisStore, patience: Patience, metrics: AnalysisMetrics, log: Logger) {
    this.#store = store;
    this.#patience = patience;
    this.#metrics = metrics;
    this.#log = log;
  }

  async add(findings: readonly Pending[], received: number, over: readonly Recovery[] = []): Promise<void> {
    this.#over.push(...over);
    for (const pending of findings) this.#waiting.push({ ...pending, received });
    if (this.#waiting.length >= atOnce) await this.flush();
  }

  /** Resolves when the store has all; rejects where the service closes before that. */
  async flush(): Promise<void> {
    await this.#flushFindings();
    const over = this.#over;
    if (over.length === 0) return;
    await this.#patience.until(() => this.#store.recover(over));
    this.#over = this.#over.slice(over.length);
  }

  async #flushFindings(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    const findings = await Promise.all(waiting.map(pending => this.#withPrevalence(pending)));
    await this.#record(findings);
    this.#waiting = [];
    for (const { received } of waiting) {
      if (received > 0) this.#metrics.alertSeconds.observe(Math.max(Date.now() - received / 1000, 0) / 1000);
    }
  }

  async #record(findings: readonly Finding[]): Promise<void> {
    try {
      const outcomes = await this.#patience.until(() => this.#store.record(findings));
      for (const outcome of outcomes) this.#metrics.findings.inc({ outcome });
    } catch (error) {
      // A closing service leaves them to the replay.
      if (this.#patience.isOver) throw error;
      // One of them is what the store can't take, which is a bug: the others are recorded, and the operator is told of this one.
      if (findings.length > 1) for (const finding of findings) await this.#record([finding]);
      else this.#log.error({ err: error, finding: findings[0] }, 'A finding could not be recorded');
    }
  }

  /** Asked only for deviations from baselines, which are few; what the fleet does is known as of the last checkpoint. */
  async #withPrevalence({ finding, deviates }: Pending): Promise<Finding> {
    if (!deviates) return finding;
    const { family, program, value } = deviates;
    const prevalence = await this.#patience.until(() => this.#store.prevalence(family, program, value));
    return { ...finding, evidence: { ...finding.evidence, prevalence } };
  }
}
