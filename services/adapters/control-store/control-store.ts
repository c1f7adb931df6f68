/** The control store on PostgreSQL 15 or newer. The schema is that of sql/control. */

import { sql } from 'drizzle-orm';
import type { ControlStore } from '../../ports/control-store.ts';
import { alertStore } from './alerts.ts';
import { auditLogStore } from './audit-log.ts';
import { baselineStore } from './baselines.ts';
import { listenForChanges } from './changes.ts';
import { commandStore } from './commands.ts';
import { type ConnectionConfig, connect, guarded } from './connection.ts';
import { endpointStore } from './endpoints.ts';
import { loginAttempts } from './login-attempts.ts';
import { sessionStore } from './sessions.ts';
import { userStore } from './users.ts';

/** Connects lazily: a server that is away shows at the first use, as `StoreUnavailable`. */
export function openControlStore(config: ConnectionConfig): ControlStore {
  const { database, pool } = connect(config);
  const changes = listenForChanges(config);
  return {
    users: guarded(userStore(database)),
    sessions: guarded(sessionStore(database)),
    logins: guarded(loginAttempts(database)),
    endpoints: guarded(endpointStore(database)),
    alerts: guarded(alertStore(database)),
    baselines: guarded(baselineStore(database)),
    commands: guarded(commandStore(database)),
    audit: guarded(auditLogStore(database)),
    changes,
    ping: () =>
      database.execute(sql`SELECT 1`).then(
        () => true,
        () => false,
      ),
    async close() {
      await changes.close();
      await pool.end();
    },
  };
}
