/**
 * What ingress asks PostgreSQL about commands. Which endpoints have something waiting is kept in memory, read anew when
 * `commands` is told: a submission's answer says so without a question to the database.
 */

import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { type EndpointId, micros } from '../../domain/events/ids.ts';
import type { Isolation, ResponseReport } from '../../domain/response/command.ts';
import type { CommandQueue } from '../../ports/commands.ts';
import { instantOf } from '../../ports/instant.ts';
import type { ClosableChanges } from './changes.ts';
import type { ConnectionConfig, Database, Transaction } from './connection.ts';
import { commands, endpoints } from './tables.ts';
import { tell, writeAudit } from './written-with.ts';

/** Told changes are gathered this long; so long after a failure it is tried again. */
const gatherMs = 50;
const againMs = 2_000;
/** Given in one answer; the rest comes with the next one. */
const mostAtOnce = 16;

export function commandQueue(
  database: Database,
  changes: ClosableChanges,
  onError: ConnectionConfig['onError'],
): CommandQueue & { close(): Promise<void> } {
  let waiting: ReadonlySet<EndpointId> = new Set();
  let timer: NodeJS.Timeout | undefined;
  let under: Promise<void> = Promise.resolve();
  let closed = false;

  function lookSoon(ms: number): void {
    if (closed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      under = look().catch(error => {
        onError?.(error as Error);
        lookSoon(againMs);
      });
    }, ms);
  }

  async function look(): Promise<void> {
    const rows = await database
      .selectDistinct({ endpoint: commands.endpointId })
      .from(commands)
      .where(and(isNull(commands.outcome), isNull(commands.sentAt), sql`${commands.expiresAt} > now()`));
    waiting = new Set(rows.map(({ endpoint }) => endpoint));
  }

  const stop = changes.listen('commands', () => lookSoon(gatherMs));
  // What was told before is listened to is in the table.
  changes.ready().then(
    () => lookSoon(0),
    () => undefined,
  );
  return {
    waiting: endpoint => waiting.has(endpoint),
    exchange: (endpoint, report, now) =>
      database.transaction(async transaction => {
        const [known] = await transaction
          .select({ name: endpoints.name, response: endpoints.response })
          .from(endpoints)
          .where(eq(endpoints.id, endpoint))
          .for('update');
        if (known === undefined) return [];
        const subject = { kind: 'endpoint', id: endpoint, name: known.name };
        const note = (action: string, detail: Readonly<Record<string, unknown>>) =>
          writeAudit(transaction, 'system', action, subject, detail);
        const answered = await writeResults(transaction, endpoint, report, note);
        const before = known.response;
        const newRefusals = report.refusals.filter(({ atMicros }) => atMicros > (before?.refusedMicros ?? 0));
        for (const { detail } of newRefusals) await note('command.not-obeyed', { detail });
        const refusedMicros = Math.max(before?.refusedMicros ?? 0, ...newRefusals.map(({ atMicros }) => atMicros));
        const { serverKey, isolation } = report;
        await transaction
          .update(endpoints)
          .set({ response: { at: instantOf(now), serverKey, isolation, refusedMicros } })
          .where(eq(endpoints.id, endpoint));
        const changed = isolationChange(before?.isolation ?? null, isolation);
        if (changed) await note(changed.action, changed.detail);
        const { lines, isNew } = await takeOpen(transaction, endpoint, instantOf(now));
        if (isNew) await tell(transaction, 'commands', endpoint);
        if (isNew || answered > 0 || changed || before === null) await tell(transaction, 'endpoints', endpoint);
        return lines;
      }),
    async close() {
      closed = true;
      stop();
      clearTimeout(timer);
      await under;
    },
  };
}

type Note = (action: string, detail: Readonly<Record<string, unknown>>) => Promise<void>;

/** The first word about a command holds. Gives how many were new. */
async function writeResults(
  transaction: Transaction,
  endpoint: EndpointId,
  { results }: ResponseReport,
  note: Note,
): Promise<number> {
  let written = 0;
  for (const { id, outcome, atMicros, detail, file } of results) {
    const [command] = await transaction
      .update(commands)
      .set({ outcome, finishedAt: instantOf(atMicros), detail, file })
      .where(and(eq(commands.id, id), eq(commands.endpointId, endpoint), isNull(commands.outcome)))
      .returning({ action: commands.action });
    if (command === undefined) continue;
    written++;
    await note(`command.${outcome}`, { command: id, ...command.action, detail });
  }
  return written;
}

async function takeOpen(transaction: Transaction, endpoint: EndpointId, now: ReturnType<typeof instantOf>) {
  const rows = await transaction
    .select({ id: commands.id, line: commands.line, sentAt: commands.sentAt })
    .from(commands)
    .where(
      and(
        eq(commands.endpointId, endpoint),
        isNull(commands.outcome),
        sql`${commands.expiresAt} > ${now}::timestamptz`,
      ),
    )
    .orderBy(asc(commands.serial))
    .limit(mostAtOnce);
  const fresh = rows.filter(({ sentAt }) => sentAt === null);
  for (const { id } of fresh) await transaction.update(commands).set({ sentAt: now }).where(eq(commands.id, id));
  return { lines: rows.map(({ line }) => line), isNew: fresh.length > 0 };
}

function isolationChange(before: Isolation | null, now: Isolation | null) {
  if (before === null && now === null) return undefined;
  if (now === null) return { action: 'endpoint.isolation-ended', detail: {} };
  if (before?.sinceMicros === now.sinceMicros && before.untilMicros === now.untilMicros) return undefined;
  const until = now.untilMicros === null ? null : instantOf(micros(now.untilMicros));
  return { action: 'endpoint.isolated', detail: { until } };
}
