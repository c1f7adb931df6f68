/** What a finding does to the alert that it belongs to. */

import type { AlertStatus, Finding, Verdict } from './finding.ts';

/** As much of an alert as joining needs. */
export interface AlertState {
  readonly status: AlertStatus;
  readonly verdict: Verdict | undefined;
  readonly lastStream: string;
  readonly lastSequence: number;
}

export type Joined = 'created' | 'counted' | 'reopened' | 'replayed';

/**
 * A finding that was counted before (the same stream, not a later sequence number) is replayed and changes nothing. On an alert
 * closed as benign or false positive it only counts: the verdict is the exception. On one closed as true positive it reopens.
 */
export function join(alert: AlertState | undefined, finding: Pick<Finding, 'stream' | 'sequence'>): Joined {
  if (!alert) return 'created';
  if (alert.lastStream === finding.stream && finding.sequence <= alert.lastSequence) return 'replayed';
  return alert.status === 'closed' && alert.verdict === 'true_positive' ? 'reopened' : 'counted';
}

/** The alert after that. */
export function after(
  alert: AlertState | undefined,
  finding: Pick<Finding, 'stream' | 'sequence'>,
  joined: Joined,
): AlertState {
  if (joined === 'replayed') return alert!;
  const place = { lastStream: finding.stream, lastSequence: finding.sequence };
  if (!alert || joined === 'reopened') return { status: 'open', verdict: undefined, ...place };
  return { ...alert, ...place };
}
