/** Findings on their way into the store: all that a delivery gave in one transaction, so that a flood costs little more than one. */

import type { Logger } from 'pino';
import type { Finding } from '../domain/alerts/finding.ts';
import type { Recovery } from '../domain/sensor/observe.ts';
import { type AnalysisStore, PartitionsLost } from '../ports/analysis-store.ts';
import type { Patience } from '../ports/patience.ts';
import type { Analysed } from './analysis.ts';
import type { AnalysisMetrics } from './metrics.ts';
import type { Pending } from './pending.ts';

/** As many findings are recorded without waiting for the end of the delivery. */
const atOnce = 200;

interface Waiting extends Pending {
  /** When ingress got its submission, microseconds since the epoch; NaN where nobody said. */
  readonly received: number;
  /** By which partition of the bus it came. */
  readonly partition: number;
}

interface Options {
  readonly store: AnalysisStore;
  readonly patience: Patience;
  readonly metrics: AnalysisMetrics;
  readonly log: Logger;
  /** By what claim each partition is ours. */
  readonly epochs: ReadonlyMap<number, number>;
}

export class Recording {
  readonly #store: AnalysisStore;
  readonly #patience: Patience;
  readonly #metrics: AnalysisMetrics;
  readonly #log: Logger;
  readonly #epochs: ReadonlyMap<number, number>;
  /** Outlives a delivery that fails half-way: when it comes again, its batches are known and give no findings. */
  #waiting: Waiting[] = [];
  /** Told after the findings, since one of those may have opened what is over by now. */
  #over: { readonly recovery: Recovery; readonly partition: number }[] = [];

  constructor({ store, patience, metrics, log, epochs }: Options) {
    this.#store = store;
    this.#patience = patience;
    this.#metrics = metrics;
    this.#log = log;
    this.#epochs = epochs;
  }

  async add({ findings, over }: Analysed, received: number, partition: number): Promise<void> {
    for (const recovery of over) this.#over.push({ recovery, partition });
    for (const pending of findings) this.#waiting.push({ ...pending, received, partition });
    if (this.#waiting.length >= atOnce) await this.flush();
  }

  /** The partitions are another's, which finds the same in them. */
  forget(partitions: readonly number[]): void {
    this.#waiting = this.#waiting.filter(({ partition }) => !partitions.includes(partition));
    this.#over = this.#over.filter(({ partition }) => !partitions.includes(partition));
  }

  /** Resolves when the store has all; rejects where the service closes before that, or another has claimed a partition. */
  async flush(): Promise<void> {
    await this.#flushFindings();
    const over = this.#over;
    if (over.length === 0) return;
    await this.#patience.until(() => this.#store.recover(over.map(({ recovery }) => recovery)));
    this.#over = this.#over.slice(over.length);
  }

  async #flushFindings(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    const findings = await Promise.all(waiting.map(pending => this.#withPrevalence(pending)));
    const partitions = new Set(waiting.map(({ partition }) => partition));
    const epochs = new Map([...partitions].map(partition => [partition, this.#epochs.get(partition) ?? 0]));
    await this.#record(findings, epochs);
    this.#waiting = [];
    for (const { received } of waiting) {
      if (received > 0) this.#metrics.alertSeconds.observe(Math.max(Date.now() - received / 1000, 0) / 1000);
    }
  }

  async #record(findings: readonly Finding[], epochs: ReadonlyMap<number, number>): Promise<void> {
    try {
      const outcomes = await this.#patience.until(() => this.#store.record(findings, epochs));
      for (const outcome of outcomes) this.#metrics.findings.inc({ outcome });
    } catch (error) {
      // A closing service leaves them to the replay, one that lost the partition to its new owner.
      if (this.#patience.isOver || error instanceof PartitionsLost) throw error;
      // One of them is what the store can't take, which is a bug: the others are recorded, and the operator is told of this one.
      if (findings.length > 1) for (const finding of findings) await this.#record([finding], epochs);
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
