/** What a finding does to the alert that it belongs to. */

import type { AlertStatus, Finding, Verdict } from './finding.ts';

/** As much of an alert as joining needs. */
export interface AlertState {
  readonly status: AlertStatus;
  readonly verdict: Verdict | undefined;
  readonly lastStream: string;
  readonly lastSequence: number;
  /** The newest finding that was counted, of the streams before that one: latest first. */
  readonly earlier: readonly Place[];
}

export type Place = readonly [stream: string, sequence: number];

/** Streams that an alert remembers: an agent that starts again begins a new one while the old one's batches may still come, or come again. */
export const streamsKept = 16;

export type Joined = 'created' | 'counted' | 'reopened' | 'replayed';

/**
 * A finding that was counted before (a stream that is remembered, not a later sequence number) is replayed and changes nothing. On an alert
 * closed as benign or false positive it only counts: the verdict is the exception. On one closed as true positive it reopens.
 */
export function join(alert: AlertState | undefined, finding: Pick<Finding, 'stream' | 'sequence'>): Joined {
  if (!alert) return 'created';
  const counted = places(alert).find(([stream]) => stream === finding.stream);
  if (counted && finding.sequence <= counted[1]) return 'replayed';
  return alert.status === 'closed' && alert.verdict === 'true_positive' ? 'reopened' : 'counted';
}

/** The alert after that. */
export function after(
  alert: AlertState | undefined,
  finding: Pick<Finding, 'stream' | 'sequence'>,
  joined: Joined,
): AlertState {
  if (joined === 'replayed') return alert!;
  const others = alert ? places(alert).filter(([stream]) => stream !== finding.stream) : [];
  const earlier = others.slice(0, streamsKept - 1);
  const place = { lastStream: finding.stream, lastSequence: finding.sequence, earlier };
  if (!alert || joined === 'reopened') return { status: 'open', verdict: undefined, ...place };
  return { ...alert, ...place };
}

const places = ({ lastStream, lastSequence, earlier }: AlertState): readonly Place[] => [
  [lastStream, lastSequence],
  ...earlier,
];
