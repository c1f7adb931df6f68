/** The control store: what people decide and what they are told. Adapter: PostgreSQL. */

import type { LoginAttempts, SessionStore, UserStore } from './accounts.ts';
import type { AlertStore } from './alerts.ts';
import type { AuditLog } from './audit-log.ts';
import type { BaselineStore } from './baselines.ts';
import type { CommandStore } from './commands.ts';
import type { EndpointStore } from './endpoints.ts';

/**
 * What is told to everybody who listens, once the change is committed. The payload is an id: of the alert, of the
 * endpoint (`commands`: whose queue changed), of the user whose sessions changed.
 */
export type Channel = 'alerts' | 'commands' | 'endpoints' | 'sessions';

export interface Changes {
  /**
   * Calls `told` with the id, and with `undefined` after the connection was lost for a while: something may have been
   * missed. Resolves to a function that ends it.
   */
  listen(channel: Channel, told: (id: string | undefined) => void): () => void;
  /** Resolves when listening has begun. */
  ready(): Promise<void>;
}

export interface ControlStore {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly logins: LoginAttempts;
  readonly endpoints: EndpointStore;
  readonly alerts: AlertStore;
  readonly baselines: BaselineStore;
  readonly commands: CommandStore;
  readonly audit: AuditLog;
  readonly changes: Changes;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** The store is away or overloaded: the same may work later. Methods reject with it. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
