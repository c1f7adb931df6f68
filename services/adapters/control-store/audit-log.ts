/** The audit log in PostgreSQL, newest first. */

import { and, eq, sql } from 'drizzle-orm';
import type { AuditEntry, AuditLog } from '../../ports/audit-log.ts';
import type { Database } from './connection.ts';
import { after, fetchLimit, type Keyset, orderBy, pageOf } from './keyset.ts';
import { begins, holds } from './like.ts';
import { auditLog } from './tables.ts';
import { writeAudit } from './written-with.ts';

type Row = typeof auditLog.$inferSelect;

const newestFirst: Keyset<Row> = {
  name: 'audit',
  direction: 'desc',
  keys: [{ expression: sql`${auditLog.id}`, type: 'bigint', read: row => row.id }],
};

export function auditLogStore(database: Database): AuditLog {
  return {
    async list({ actor, action, search }, page) {
      const rows = await database
        .select()
        .from(auditLog)
        .where(
          and(
            actor === undefined ? undefined : eq(auditLog.actorId, actor),
            action === undefined ? undefined : begins(action, sql`${auditLog.action}`),
            search === undefined
              ? undefined
              : holds(search, sql`${auditLog.actor}`, sql`${auditLog.subject}`, sql`${auditLog.action}`),
            after(newestFirst, page.cursor),
          ),
        )
        .orderBy(...orderBy(newestFirst))
        .limit(fetchLimit(page));
      return pageOf(newestFirst, rows, page, entryOf);
    },

    note: ({ action, subject, detail }, by) => writeAudit(database, by, action, subject, detail),
  };
}

function entryOf(row: Row): AuditEntry {
  const { id, at, actorId, actor, address, action, subjectKind, subjectId, subject, detail } = row;
  return {
    id,
    at,
    actor: actorId === null ? null : { id: actorId, email: actor ?? '' },
    address,
    action,
    subject: subjectKind === null ? null : { kind: subjectKind, id: subjectId ?? '', name: subject ?? '' },
    detail,
  };
}
