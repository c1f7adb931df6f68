/** Commands to agents: people give them, ingress hands them over, agents say what came of them. */

import type { EndpointId, Micros } from '../domain/events/ids.ts';
import type { CollectedFile, CommandAction, CommandState, ResponseReport } from '../domain/response/command.ts';
import type { Author } from './audit-log.ts';
import type { Instant } from './instant.ts';
import type { Page, PageRequest } from './page.ts';

export interface CommandRecord {
  readonly id: string;
  readonly action: CommandAction;
  readonly state: CommandState;
  /** Mail address; as it was then. */
  readonly askedBy: string;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly sentAt: Instant | null;
  readonly finishedAt: Instant | null;
  /** The agent's words. */
  readonly detail: string;
  readonly file: CollectedFile | null;
}

export interface Order {
  readonly id: string;
  readonly action: CommandAction;
  readonly now: Micros;
  readonly lifetimeSeconds: number;
  /** The signed command with this serial. */
  sign(serial: number): string;
}

/** Commands that may wait for one endpoint. */
export const mostOpen = 32;

/** What people see and do. */
export interface CommandStore {
  /** Newest first. */
  list(endpoint: EndpointId, page: PageRequest, now: Instant): Promise<Page<CommandRecord>>;
  /** Written with its audit entry, and told on the channels `commands` and `endpoints`. */
  queue(endpoint: EndpointId, order: Order, by: Author): Promise<CommandRecord | 'not-found' | 'too-many'>;
}

/** What ingress asks. */
export interface CommandQueue {
  /** Whether something waits for the endpoint that it has not asked for yet; may lag by a second. */
  waiting(endpoint: EndpointId): boolean;
  /**
   * Writes what the agent says, and gives the signed commands that it has not answered, oldest first. The same report may come
   * again: what it says is written once.
   */
  exchange(endpoint: EndpointId, report: ResponseReport, now: Micros): Promise<readonly string[]>;
}
