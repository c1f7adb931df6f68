/** The API as the pages use it: its types, generated from the OpenAPI document, under the names that the pages say. */

import type { components } from './api-types.ts';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type Alert = Schemas['Alert'];
export type AlertDetail = Schemas['AlertDetail'];
export type AuditEntry = Schemas['AuditEntry'];
export type Baseline = Schemas['Baseline'];
export type BaselineEntry = Schemas['BaselineEntry'];
export type Command = Schemas['Command'];
export type CommandState = Command['state'];
export type Endpoint = Schemas['Endpoint'];
export type EndpointState = Endpoint['state'];
export type EndpointWithConfiguration = Schemas['EndpointWithConfiguration'];
export type Event = Schemas['Event'];
export type Evidence = Schemas['Evidence'];
export type Finding = Schemas['Finding'];
export type HistoryEntry = Schemas['AlertHistoryEntry'];
export type Login = Schemas['Login'];
export type Overview = Schemas['Overview'];
export type Role = Account['role'];
export type Severity = Alert['severity'];
export type Status = Alert['status'];
export type Triage = Schemas['Triage'];
export type User = Schemas['User'];
export type UserWithPassword = Schemas['UserWithPassword'];
export type Verdict = NonNullable<Alert['verdict']>;

/** One page of a list; the cursor asks for the next. */
export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
export const statuses: readonly Status[] = ['open', 'in_progress', 'closed'];
export const verdicts: readonly Verdict[] = ['true_positive', 'benign', 'false_positive'];
