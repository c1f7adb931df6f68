/** Findings of one batch, one for each alert: repetition within a batch is a count. */

import type { Finding } from '../domain/alerts/finding.ts';
import type { BaselineFamily } from '../domain/baselines/baseline.ts';

/** The value that a baseline did not know: what to ask the fleet for. */
export interface Deviation {
  readonly family: BaselineFamily;
  readonly program: string;
  readonly value: string;
}

/** A finding that may still be counted up. */
export interface Pending {
  finding: Finding;
  readonly deviates: Deviation | undefined;
}

export class PendingFindings {
  readonly #byAlert = new Map<string, Pending>();

  add(finding: Finding, deviates?: Deviation): Pending {
    const key = `${finding.detector}\n${finding.program}\n${finding.deviation}`;
    const known = this.#byAlert.get(key);
    if (known) {
      this.again(known, finding.sequence, finding.count);
      return known;
    }
    const pending = { finding, deviates };
    this.#byAlert.set(key, pending);
    return pending;
  }

  /** The same once more: the sequence number becomes the newest, evidence stays the first's. */
  again(pending: Pending, sequence: number, count: number): void {
    pending.finding = { ...pending.finding, sequence, count: pending.finding.count + count };
  }

  all(): Pending[] {
    return [...this.#byAlert.values()];
  }
}
