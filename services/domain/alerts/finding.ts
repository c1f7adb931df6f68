/** What a detector found, and what it becomes: a finding joins one alert per (endpoint, detector, program, deviation). */

import type { EndpointId, ExecId, Micros, StreamId } from '../events/ids.ts';

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** One labelled fact of the evidence, for people: `{ label: 'Opened', value: '/etc/shadow' }`. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** One line of the process tree, from the oldest known ancestor down to the acting process. */
export interface Ancestor {
  readonly execId: ExecId;
  readonly pid: number;
  readonly exe: string;
  readonly args: readonly string[];
  readonly user: string;
}

/** The alert's reason, kept with it as it was when it was found (JSON in the control store, and in the API). */
export interface Evidence {
  /** One sentence: what happened and why that is unusual. */
  readonly reason: string;
  readonly saw: readonly Fact[];
  /** The nearest normal behaviour: values with how often they were seen. */
  readonly usual: readonly { readonly value: string; readonly count: number }[];
  /** How much is known: the baseline's phase and observations; absent for rules that need no learning. */
  readonly baseline?: {
    readonly phase: 'learning' | 'saturated' | 'enforced';
    readonly observations: number;
    readonly unseenProbability: number;
  };
  /** On how many of the fleet's endpoints the same thing was seen; absent where it was not asked. */
  readonly prevalence?: { readonly endpoints: number; readonly of: number };
  readonly ancestry: readonly Ancestor[];
}

export interface Finding {
  readonly detector: string;
  readonly title: string;
  readonly severity: Severity;
  /** ATT&CK technique ids. */
  readonly techniques: readonly string[];
  readonly endpoint: EndpointId;
  /** Executable (or script) that deviates. */
  readonly program: string;
  /** What deviates, generalised: with endpoint, detector and program the alert's identity. */
  readonly deviation: string;
  readonly time: Micros;
  readonly stream: StreamId;
  readonly sequence: number;
  readonly execId: ExecId;
  /** Occurrences, at least 1. */
  readonly count: number;
  readonly evidence: Evidence;
  /** The time in which the sensor did not see, where that is what was found. */
  readonly blind?: Blind;
}

/** A time in which something was not seen; `until` is undefined while it lasts. `lost`: events, 0 where nobody can know. */
export interface Blind {
  readonly from: Micros;
  readonly until: Micros | undefined;
  readonly lost: number;
}

export const alertStatuses = ['open', 'in_progress', 'closed'] as const;
export type AlertStatus = (typeof alertStatuses)[number];
export const verdicts = ['true_positive', 'benign', 'false_positive'] as const;
export type Verdict = (typeof verdicts)[number];
