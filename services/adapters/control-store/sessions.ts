/** Sessions in PostgreSQL: each request asks, so that a revoked one ends at once on every server. */

import { and, eq, gt, lte, or, sql } from 'drizzle-orm';
import type { SessionStore } from '../../ports/accounts.ts';
import type { Database } from './connection.ts';
import { sessions, users } from './tables.ts';
import { userColumns } from './users.ts';
import { tell, writeAudit } from './written-with.ts';

/** A use is noted when the last note is older: reading needs no write each time. */
const noteEvery = '30 seconds';

export function sessionStore(database: Database): SessionStore {
  return {
    async open({ tokenHash, userId, now, expiresAt }, by) {
      await database.transaction(async transaction => {
        await transaction.insert(sessions).values({ tokenHash, userId, createdAt: now, lastUsedAt: now, expiresAt });
        await transaction.update(users).set({ lastLoginAt: now }).where(eq(users.id, userId));
        const name = by === 'system' ? '' : by.email;
        await writeAudit(transaction, by, 'session.opened', { kind: 'user', id: userId, name });
      });
    },

    async find(tokenHash, { now, idleSince, use }) {
      const [row] = await database
        .select({ user: userColumns, expiresAt: sessions.expiresAt, tokenHash: sessions.tokenHash })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(
          and(
            eq(sessions.tokenHash, tokenHash),
            gt(sessions.expiresAt, now),
            gt(sessions.lastUsedAt, idleSince),
            eq(users.disabled, false),
          ),
        );
      if (row !== undefined && use) {
        await database
          .update(sessions)
          .set({ lastUsedAt: now })
          .where(
            and(
              eq(sessions.tokenHash, tokenHash),
              sql`${sessions.lastUsedAt} < ${now}::timestamptz - ${sql.raw(`interval '${noteEvery}'`)}`,
            ),
          );
      }
      return row;
    },

    async close(tokenHash, by) {
      await database.transaction(async transaction => {
        const [closed] = await transaction
          .delete(sessions)
          .where(eq(sessions.tokenHash, tokenHash))
          .returning({ userId: sessions.userId });
        if (closed === undefined) return;
        await tell(transaction, 'sessions', closed.userId);
        const name = by === 'system' ? '' : by.email;
        await writeAudit(transaction, by, 'session.closed', { kind: 'user', id: closed.userId, name });
      });
    },

    async sweep({ now, idleSince }) {
      const gone = await database
        .delete(sessions)
        .where(or(lte(sessions.expiresAt, now), lte(sessions.lastUsedAt, idleSince)));
      return gone.rowCount ?? 0;
    },
  };
}
