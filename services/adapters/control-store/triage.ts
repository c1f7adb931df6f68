/** What people do with an alert: each change in one transaction with its history and audit entries. */

import { and, count, eq, sql } from 'drizzle-orm';
import { type AlertStore, maxComments, type Triage, type TriageRefusal } from '../../ports/alerts.ts';
import type { Author } from '../../ports/audit-log.ts';
import { alertDetail } from './alerts.ts';
import type { Database, Transaction } from './connection.ts';
import { alertHistory, alerts, users } from './tables.ts';
import { tell, writeAudit } from './written-with.ts';

type Locked = Pick<typeof alerts.$inferSelect, 'id' | 'title' | 'status' | 'verdict' | 'assigneeId' | 'revision'>;
type State = Pick<Locked, 'status' | 'verdict'>;

export function triageStore(database: Database): Pick<AlertStore, 'triage' | 'comment'> {
  return {
    triage(id, change, by) {
      return database.transaction(async transaction => {
        const before = await lock(transaction, id);
        if (before === undefined) return 'not-found';
        if (change.revision !== undefined && change.revision !== before.revision) return 'changed-meanwhile';
        const state = nextState(before, change);
        if (typeof state === 'string') return state;
        const assignee = await nextAssignee(transaction, before, change);
        if (assignee === 'no-such-assignee') return assignee;

        const moved = state.status !== before.status || state.verdict !== before.verdict;
        if (moved || assignee !== undefined) {
          await transaction
            .update(alerts)
            .set({ ...state, ...(assignee ? { assigneeId: assignee.to?.id ?? null } : {}), updatedAt: sql`now()` })
            .where(eq(alerts.id, id));
          const status = { from: before.status, to: state.status, verdict: state.verdict };
          const handed = assignee && { from: assignee.from?.name ?? null, to: assignee.to?.name ?? null };
          if (moved) await remember(transaction, id, by, 'status', status);
          if (handed) await remember(transaction, id, by, 'assignee', handed);
          await writeAudit(transaction, by, 'alert.triaged', subject(before), {
            ...(moved ? { status } : {}),
            ...(handed ? { assignee: handed } : {}),
          });
          await tell(transaction, 'alerts', id);
        }
        return (await alertDetail(transaction, id))!;
      });
    },

    comment(id, text, by) {
      return database.transaction(async transaction => {
        const alert = await lock(transaction, id);
        if (alert === undefined) return 'not-found';
        const [comments] = await transaction
          .select({ count: count() })
          .from(alertHistory)
          .where(and(eq(alertHistory.alertId, id), eq(alertHistory.action, 'comment')));
        if (comments!.count >= maxComments) return 'too-many';
        const entry = await remember(transaction, id, by, 'comment', { text });
        await writeAudit(transaction, by, 'alert.commented', subject(alert));
        await tell(transaction, 'alerts', id);
        const actor = await nameOf(transaction, entry.actorId);
        return { id: entry.id, at: entry.at, actor, action: entry.action, detail: entry.detail };
      });
    },
  };
}

async function lock(transaction: Transaction, id: string): Promise<Locked | undefined> {
  const [alert] = await transaction
    .select({
      id: alerts.id,
      title: alerts.title,
      status: alerts.status,
      verdict: alerts.verdict,
      assigneeId: alerts.assigneeId,
      revision: alerts.revision,
    })
    .from(alerts)
    .where(eq(alerts.id, id))
    .for('update');
  return alert;
}

/** A closed alert has a verdict and no other has: closing needs one, reopening clears it. */
export function nextState(before: State, { status = before.status, verdict }: Triage): State | TriageRefusal {
  if (status !== 'closed') return verdict ? 'verdict-without-closing' : { status, verdict: null };
  const kept = verdict === undefined ? before.verdict : verdict;
  return kept === null ? 'verdict-needed' : { status, verdict: kept };
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** `undefined`: stays with whom it is. */
async function nextAssignee(
  transaction: Transaction,
  { assigneeId: before }: Locked,
  { assigneeId }: Triage,
): Promise<{ readonly from: Named | null; readonly to: Named | null } | 'no-such-assignee' | undefined> {
  if (assigneeId === undefined || assigneeId === before) return undefined;
  const from = await nameOf(transaction, before);
  if (assigneeId === null) return { from, to: null };
  const [to] = await transaction
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(sql`${users.id} = ${assigneeId} AND NOT ${users.disabled} AND ${users.role} <> 'viewer'`);
  return to === undefined ? 'no-such-assignee' : { from, to };
}

async function nameOf(transaction: Transaction, id: string | null): Promise<Named | null> {
  if (id === null) return null;
  const [user] = await transaction
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(sql`${users.id} = ${id}`);
  return user ?? null;
}

async function remember(
  transaction: Transaction,
  alertId: string,
  by: Author,
  action: 'status' | 'assignee' | 'comment',
  detail: Readonly<Record<string, unknown>>,
) {
  const [entry] = await transaction
    .insert(alertHistory)
    .values({ alertId, at: sql`now()`, actorId: by === 'system' ? null : by.id, action, detail })
    .returning();
  return entry!;
}

const subject = (alert: Locked) => ({ kind: 'alert', id: alert.id, name: alert.title });
