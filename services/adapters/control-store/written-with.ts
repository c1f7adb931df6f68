/** What a change is written together with, in its transaction: who made it, and the word to those who listen. */

import { sql } from 'drizzle-orm';
import type { AuditEntry, Author } from '../../ports/audit-log.ts';
import type { Channel } from '../../ports/control-store.ts';
import type { Queries, Transaction } from './connection.ts';

export async function writeAudit(
  queries: Queries,
  by: Author,
  action: string,
  subject: AuditEntry['subject'],
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const actor = by === 'system' ? { id: null, email: null, address: null } : by;
  await queries.execute(sql`
    INSERT INTO audit_log (actor_id, actor, address, action, subject_kind, subject_id, subject, detail)
    VALUES (${actor.id}, ${actor.email}, ${actor.address}, ${action},
            ${subject?.kind ?? null}, ${subject?.id ?? null}, ${subject?.name ?? null}, ${JSON.stringify(detail)}::jsonb)`);
}

/** Told when the transaction commits. */
export async function tell(transaction: Transaction, channel: Channel, id: string): Promise<void> {
  await transaction.execute(sql`SELECT pg_notify(${channel}, ${id})`);
}
