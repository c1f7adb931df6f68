/** Commands in PostgreSQL, as people see and give them. */

import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { EndpointId } from '../../domain/events/ids.ts';
import { micros } from '../../domain/events/ids.ts';
import type { CommandState } from '../../domain/response/command.ts';
import { type CommandRecord, type CommandStore, mostOpen } from '../../ports/commands.ts';
import { type Instant, instantOf } from '../../ports/instant.ts';
import type { Database } from './connection.ts';
import { after, fetchLimit, type Keyset, orderBy, pageOf } from './keyset.ts';
import { commands, endpoints } from './tables.ts';
import { tell, writeAudit } from './written-with.ts';

type Row = CommandRecord & { readonly serial: number };

const newestFirst: Keyset<Row> = {
  name: 'commands',
  direction: 'desc',
  keys: [{ expression: sql`${commands.serial}`, type: 'bigint', read: row => row.serial }],
};

const state = (now: Instant): SQL<CommandState> => sql`
  CASE WHEN ${commands.outcome} IS NOT NULL THEN ${commands.outcome}
       WHEN ${commands.expiresAt} <= ${now}::timestamptz THEN 'expired'
       WHEN ${commands.sentAt} IS NOT NULL THEN 'sent'
       ELSE 'queued' END`;

const columns = (now: Instant) => ({
  id: commands.id,
  serial: commands.serial,
  action: commands.action,
  state: state(now),
  askedBy: commands.askedBy,
  issuedAt: commands.issuedAt,
  expiresAt: commands.expiresAt,
  sentAt: commands.sentAt,
  finishedAt: commands.finishedAt,
  detail: commands.detail,
  file: commands.file,
});

export function commandStore(database: Database): CommandStore {
  return {
    async list(endpoint, page, now) {
      const rows = await database
        .select(columns(now))
        .from(commands)
        .where(and(eq(commands.endpointId, endpoint), after(newestFirst, page.cursor)))
        .orderBy(...orderBy(newestFirst))
        .limit(fetchLimit(page));
      return pageOf(newestFirst, rows, page, ({ serial: _, ...command }) => command);
    },

    queue(endpoint, { id, action, now, lifetimeSeconds, sign }, by) {
      return database.transaction(async transaction => {
        // Never below the clock: a database that was restored from a backup gives no number a second time.
        const [given] = await transaction
          .update(endpoints)
          .set({ commandSerial: sql`greatest(${endpoints.commandSerial} + 1, ${Math.floor(now / 1000)}::bigint)` })
          .where(eq(endpoints.id, endpoint))
          .returning({ serial: endpoints.commandSerial, name: endpoints.name });
        if (given === undefined) return 'not-found';
        const issuedAt = instantOf(now);
        const open = await transaction.$count(
          commands,
          sql`${commands.endpointId} = ${endpoint} AND ${commands.outcome} IS NULL AND ${commands.expiresAt} > ${issuedAt}::timestamptz`,
        );
        if (open >= mostOpen) return 'too-many';
        const { serial } = given;
        const expiresAt = instantOf(micros(now + lifetimeSeconds * 1_000_000));
        const askedBy = by === 'system' ? '' : by.email;
        const row = { id, endpointId: endpoint, serial, action, line: sign(serial), askedBy, issuedAt, expiresAt };
        await transaction.insert(commands).values({ ...row, detail: '' });
        await tell(transaction, 'commands', endpoint);
        await tell(transaction, 'endpoints', endpoint);
        await writeAudit(transaction, by, 'command.queued', subject(endpoint, given.name), { command: id, ...action });
        const waits = { sentAt: null, finishedAt: null, detail: '', file: null };
        return { id, action, state: 'queued' as const, askedBy, issuedAt, expiresAt, ...waits };
      });
    },
  };
}

const subject = (id: EndpointId, name: string) => ({ kind: 'endpoint', id, name });
