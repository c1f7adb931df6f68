/** Endpoints as people see and change them; what ingress asks is ports/endpoint-directory.ts. */

import type { EndpointId } from '../domain/events/ids.ts';
import type { Isolation } from '../domain/response/command.ts';
import type { Author } from './audit-log.ts';
import type { Instant } from './instant.ts';
import type { Page, PageRequest } from './page.ts';

/** `alive`: seen in the last `aliveSeconds`; `never`: has not submitted yet. */
export const endpointStates = ['alive', 'silent', 'never', 'revoked'] as const;
export type EndpointState = (typeof endpointStates)[number];
export const aliveSeconds = 30;

export interface Endpoint {
  readonly id: EndpointId;
  readonly name: string;
  readonly state: EndpointState;
  readonly createdAt: Instant;
  readonly keySetAt: Instant;
  readonly revokedAt: Instant | null;
  readonly lastSeenAt: Instant | null;
  readonly agentVersion: string | null;
  readonly bootId: string | null;
  readonly losses: Readonly<Record<string, number>>;
  readonly heartbeat: Readonly<Record<string, unknown>> | null;
  readonly heartbeatAt: Instant | null;
  /** Why its newest submissions are refused; null once one is taken. */
  readonly refusal: { readonly at: Instant; readonly reason: string; readonly detail: string } | null;
  /** The agent's word about commands; null: it takes none, or has not asked for any yet. */
  readonly response: { readonly at: Instant; readonly serverKey: string; readonly isolation: Isolation | null } | null;
  /** Alerts open or in progress. */
  readonly openAlerts: number;
}

/** A time in which the endpoint was not seen, or not wholly; `endedAt` is null while it lasts. */
export interface BlindSpan {
  readonly detector: string;
  readonly beganAt: Instant;
  readonly endedAt: Instant | null;
  /** Events; 0 where nobody can know. */
  readonly lost: number;
  readonly explanation: string | null;
}

export interface EndpointFilter {
  readonly search?: string | undefined;
  readonly state?: EndpointState | undefined;
}

/** Each change is written with its audit entry and told on the channel `endpoints`. `now` is what states are judged by. */
export interface EndpointStore {
  /** By name. */
  list(filter: EndpointFilter, page: PageRequest, now: Instant): Promise<Page<Endpoint>>;
  get(id: EndpointId, now: Instant): Promise<Endpoint | undefined>;
  named(name: string, now: Instant): Promise<Endpoint | undefined>;
  /** Names of the endpoints asked for that exist. */
  names(ids: readonly EndpointId[]): Promise<ReadonlyMap<string, string>>;
  /** `publicKey`: 32 bytes, Ed25519. */
  add(
    endpoint: { readonly id: EndpointId; readonly name: string; readonly publicKey: Uint8Array },
    by: Author,
  ): Promise<'added' | 'name-taken'>;
  rename(id: EndpointId, name: string, by: Author): Promise<'renamed' | 'not-found' | 'name-taken'>;
  /** Also lifts a revocation: the new key is a new admission. */
  setKey(id: EndpointId, publicKey: Uint8Array, by: Author): Promise<'set' | 'not-found'>;
  /** Revoking twice keeps the first moment. */
  revoke(id: EndpointId, now: Instant, by: Author): Promise<'revoked' | 'not-found'>;
  remove(id: EndpointId, by: Author): Promise<'removed' | 'not-found'>;
  /** The newest first, those that last before all others; at most 100. */
  blindSpans(id: EndpointId): Promise<readonly BlindSpan[]>;
  /** The state of each endpoint. */
  states(now: Instant): Promise<ReadonlyMap<EndpointId, EndpointState>>;
  /** How many are in each state, and the sum of their loss counters. */
  totals(now: Instant): Promise<{
    readonly states: Readonly<Record<EndpointState, number>>;
    readonly losses: Readonly<Record<string, number>>;
    /** Endpoints that are not seen, or not wholly, at this time. */
    readonly blind: number;
  }>;
}
