/** What became of alerts, on its way to those who listen: written with the alert in one transaction, and kept until the bus has it. */

import type { Joined } from '../domain/alerts/join.ts';
import type { Alert } from './alerts.ts';
import type { Instant } from './instant.ts';

/** The alert as it was after the change. */
type Told = Pick<
  Alert,
  | 'id'
  | 'endpoint'
  | 'detector'
  | 'title'
  | 'severity'
  | 'techniques'
  | 'program'
  | 'deviation'
  | 'reason'
  | 'execId'
  | 'count'
  | 'firstSeenAt'
  | 'lastSeenAt'
>;

/** A message of the bus' topic `alerts` (docs/kafka.md). An alert that is closed as expected counts on without one. */
export interface AlertChange {
  /** UUID of the message: one that comes twice is known by it. */
  readonly id: string;
  readonly change: Exclude<Joined, 'replayed'>;
  /** When it was recorded. */
  readonly at: Instant;
  readonly alert: Told;
}

export interface AlertOutbox {
  /**
   * Hands the oldest changes, at most `most`, to `publish`, in the order in which they were made; they are gone when that has resolved, and
   * all there where it rejects, which this rejects with. Gives how many there were. Of several instances one at a time does it;
   * the others are given 0.
   */
  drain(most: number, publish: (changes: readonly AlertChange[]) => Promise<void>): Promise<number>;
  /** Drops the oldest, so that no more than `bound` are left; gives how many were dropped. */
  trim(bound: number): Promise<number>;
  /** Changes that wait. */
  length(): Promise<number>;
}
