/** Alerts as people read and triage them. Analysis writes them (ports/analysis-store.ts). */

import type { AlertStatus, Evidence, Severity, Verdict } from '../domain/alerts/finding.ts';
import type { UserId } from './accounts.ts';
import type { Author } from './audit-log.ts';
import type { Instant } from './instant.ts';
import type { Page, PageRequest } from './page.ts';

export interface Alert {
  readonly id: string;
  readonly endpoint: { readonly id: string; readonly name: string };
  readonly detector: string;
  readonly program: string;
  readonly deviation: string;
  readonly title: string;
  readonly severity: Severity;
  readonly techniques: string[];
  readonly status: AlertStatus;
  /** Set exactly while closed. */
  readonly verdict: Verdict | null;
  readonly assignee: { readonly id: string; readonly name: string } | null;
  readonly count: number;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  readonly execId: string;
  readonly reason: string;
  /** Grows with each triage. */
  readonly revision: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface AlertDetail extends Alert {
  readonly evidence: Evidence;
}

export interface AlertFilter {
  readonly status?: readonly AlertStatus[] | undefined;
  readonly severity?: readonly Severity[] | undefined;
  readonly verdict?: readonly Verdict[] | undefined;
  /** A user, or `null` for alerts that nobody has. */
  readonly assignee?: string | null | undefined;
  readonly endpoint?: string | undefined;
  readonly detector?: string | undefined;
  readonly program?: string | undefined;
  /** With its sub-techniques. */
  readonly technique?: string | undefined;
  readonly search?: string | undefined;
}

export type AlertSort = 'lastSeen' | 'firstSeen' | 'severity' | 'count';
export interface AlertOrder {
  readonly sort: AlertSort;
  readonly order: 'asc' | 'desc';
}

export interface AlertSummary {
  readonly byStatus: Readonly<Record<AlertStatus, number>>;
  /** Of the alerts open or in progress, as are the figures below. */
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly unassigned: number;
  readonly mine: number;
  readonly detectors: { readonly detector: string; readonly title: string; readonly count: number }[];
  readonly endpoints: { readonly id: string; readonly name: string; readonly count: number }[];
}

export interface Triage {
  readonly status?: AlertStatus | undefined;
  readonly verdict?: Verdict | null | undefined;
  readonly assigneeId?: string | null | undefined;
  /** The revision that the change is based on. */
  readonly revision?: number | undefined;
}

/** Why a triage was not done: nothing of it was. */
export type TriageRefusal =
  | 'not-found'
  | 'changed-meanwhile'
  | 'verdict-needed'
  | 'verdict-without-closing'
  | 'no-such-assignee';

export interface HistoryEntry {
  readonly id: number;
  readonly at: Instant;
  readonly actor: { readonly id: string; readonly name: string } | null;
  readonly action: 'created' | 'reopened' | 'status' | 'assignee' | 'comment';
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface StoredFinding {
  readonly stream: string;
  readonly sequence: number;
  readonly foundAt: Instant;
  readonly execId: string;
  readonly count: number;
  readonly evidence: Evidence;
}

/** Each change is written with its history and audit entries and told on the channel `alerts`. */
export interface AlertStore {
  list(filter: AlertFilter, order: AlertOrder, page: PageRequest): Promise<Page<Alert>>;
  summary(user: UserId): Promise<AlertSummary>;
  get(id: string): Promise<AlertDetail | undefined>;
  /** What changed is noted, what is already so is not: doing it twice is doing it once. */
  triage(id: string, change: Triage, by: Author): Promise<AlertDetail | TriageRefusal>;
  comment(id: string, text: string, by: Author): Promise<HistoryEntry | 'not-found' | 'too-many'>;
  /** Oldest first. */
  history(id: string, page: PageRequest): Promise<Page<HistoryEntry> | 'not-found'>;
  findings(id: string, page: PageRequest): Promise<Page<StoredFinding> | 'not-found'>;
}

/** Comments that one alert takes. */
export const maxComments = 1000;
