/** Endpoints in PostgreSQL, as people see and change them. */

import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { EndpointId } from '../../domain/events/ids.ts';
import {
  aliveSeconds,
  type Endpoint,
  type EndpointState,
  type EndpointStore,
  endpointStates,
} from '../../ports/endpoints.ts';
import type { Instant } from '../../ports/instant.ts';
import { type Database, sqlState, uniqueViolation } from './connection.ts';
import { after, fetchLimit, type Keyset, orderBy, pageOf } from './keyset.ts';
import { holds } from './like.ts';
import { blindSpans, endpoints } from './tables.ts';
import { tell, writeAudit } from './written-with.ts';

const byName: Keyset<Endpoint & { readonly sortName: string }> = {
  name: 'endpoints',
  direction: 'asc',
  keys: [
    { expression: sql`lower(${endpoints.name})`, type: 'text', read: endpoint => endpoint.sortName },
    { expression: sql`${endpoints.id}`, type: 'uuid', read: endpoint => endpoint.id },
  ],
};

const state = (now: Instant): SQL<EndpointState> => sql`
  CASE WHEN ${endpoints.revokedAt} IS NOT NULL THEN 'revoked'
       WHEN ${endpoints.lastSeenAt} IS NULL THEN 'never'
       WHEN ${endpoints.lastSeenAt} > ${now}::timestamptz - make_interval(secs => ${aliveSeconds}) THEN 'alive'
       ELSE 'silent' END`;

const columns = (now: Instant) => ({
  id: endpoints.id,
  name: endpoints.name,
  state: state(now),
  createdAt: endpoints.createdAt,
  keySetAt: endpoints.keySetAt,
  revokedAt: endpoints.revokedAt,
  lastSeenAt: endpoints.lastSeenAt,
  agentVersion: endpoints.agentVersion,
  bootId: endpoints.bootId,
  losses: endpoints.losses,
  heartbeat: endpoints.heartbeat,
  heartbeatAt: endpoints.heartbeatAt,
  refusal: endpoints.refusal,
  response: endpoints.response,
  // By name: drizzle writes a column of the one table it selects from without its table, and alerts has an id too.
  openAlerts: sql<number>`(
    SELECT count(*) FROM alerts WHERE alerts.endpoint_id = endpoints.id AND alerts.status <> 'closed'
  )`.mapWith(Number),
});

export function endpointStore(database: Database): EndpointStore {
  return {
    async list({ search, state: wanted }, page, now) {
      const rows = await database
        .select({ ...columns(now), sortName: sql<string>`lower(${endpoints.name})` })
        .from(endpoints)
        .where(
          and(
            search === undefined ? undefined : holds(search, sql`${endpoints.name}`, sql`${endpoints.id}::text`),
            wanted === undefined ? undefined : sql`${state(now)} = ${wanted}`,
            after(byName, page.cursor),
          ),
        )
        .orderBy(...orderBy(byName))
        .limit(fetchLimit(page));
      return pageOf(byName, rows, page, ({ sortName: _, ...endpoint }) => endpoint);
    },

    async get(id, now) {
      const [row] = await database.select(columns(now)).from(endpoints).where(eq(endpoints.id, id));
      return row;
    },

    async named(name, now) {
      const [row] = await database
        .select(columns(now))
        .from(endpoints)
        .where(sql`lower(${endpoints.name}) = lower(${name})`);
      return row;
    },

    async names(ids) {
      if (ids.length === 0) return new Map();
      const rows = await database
        .select({ id: endpoints.id, name: endpoints.name })
        .from(endpoints)
        .where(inArray(endpoints.id, [...ids]));
      return new Map(rows.map(row => [row.id, row.name]));
    },

    add({ id, name, publicKey }, by) {
      return unlessNameTaken<'added'>(() =>
        database.transaction(async transaction => {
          await transaction.insert(endpoints).values({
            id,
            name,
            publicKey,
            createdAt: sql`now()`,
            createdBy: by === 'system' ? null : by.id,
            keySetAt: sql`now()`,
            losses: {},
          });
          await tell(transaction, 'endpoints', id);
          await writeAudit(transaction, by, 'endpoint.added', subject(id, name));
          return 'added' as const;
        }),
      );
    },

    rename(id, name, by) {
      return unlessNameTaken(() =>
        database.transaction(async transaction => {
          const [before] = await transaction
            .select({ name: endpoints.name })
            .from(endpoints)
            .where(eq(endpoints.id, id))
            .for('update');
          if (before === undefined) return 'not-found';
          await transaction.update(endpoints).set({ name }).where(eq(endpoints.id, id));
          await tell(transaction, 'endpoints', id);
          await writeAudit(transaction, by, 'endpoint.renamed', subject(id, name), { from: before.name, to: name });
          return 'renamed';
        }),
      );
    },

    setKey(id, publicKey, by) {
      return database.transaction(async transaction => {
        const [endpoint] = await transaction
          .update(endpoints)
          .set({ publicKey, keySetAt: sql`now()`, revokedAt: null })
          .where(eq(endpoints.id, id))
          .returning({ name: endpoints.name });
        if (endpoint === undefined) return 'not-found';
        await tell(transaction, 'endpoints', id);
        await writeAudit(transaction, by, 'endpoint.key-rotated', subject(id, endpoint.name));
        return 'set';
      });
    },

    revoke(id, now, by) {
      return database.transaction(async transaction => {
        const [endpoint] = await transaction
          .update(endpoints)
          .set({ revokedAt: sql`coalesce(${endpoints.revokedAt}, ${now}::timestamptz)` })
          .where(eq(endpoints.id, id))
          .returning({ name: endpoints.name });
        if (endpoint === undefined) return 'not-found';
        await tell(transaction, 'endpoints', id);
        await writeAudit(transaction, by, 'endpoint.revoked', subject(id, endpoint.name));
        return 'revoked';
      });
    },

    remove(id, by) {
      return database.transaction(async transaction => {
        const [endpoint] = await transaction
          .delete(endpoints)
          .where(eq(endpoints.id, id))
          .returning({ name: endpoints.name });
        if (endpoint === undefined) return 'not-found';
        await tell(transaction, 'endpoints', id);
        await writeAudit(transaction, by, 'endpoint.removed', subject(id, endpoint.name));
        return 'removed';
      });
    },

    blindSpans(id) {
      const { detector, beganAt, endedAt, lost, explanation } = blindSpans;
      return database
        .select({ detector, beganAt, endedAt, lost, explanation })
        .from(blindSpans)
        .where(eq(blindSpans.endpointId, id))
        .orderBy(sql`${endedAt} IS NOT NULL, ${beganAt} DESC`)
        .limit(100);
    },

    async states(now) {
      const rows = await database.select({ id: endpoints.id, state: state(now) }).from(endpoints);
      return new Map(rows.map(row => [row.id, row.state]));
    },

    async totals(now) {
      const states = await database
        .select({ state: state(now), count: sql`count(*)`.mapWith(Number) })
        .from(endpoints)
        .groupBy(sql`1`);
      const losses = await database.execute<{ key: string; sum: string }>(sql`
        SELECT key, sum(value::numeric) FROM endpoints, jsonb_each_text(losses)
        WHERE jsonb_typeof(losses -> key) = 'number' GROUP BY key ORDER BY key LIMIT 200`);
      const [blind] = await database
        .select({ count: sql`count(DISTINCT ${endpoints.id})`.mapWith(Number) })
        .from(blindSpans)
        .innerJoin(endpoints, eq(endpoints.id, blindSpans.endpointId))
        .where(and(sql`${blindSpans.endedAt} IS NULL`, sql`${endpoints.revokedAt} IS NULL`));
      const counts = new Map(states.map(row => [row.state, row.count]));
      return {
        states: Object.fromEntries(endpointStates.map(name => [name, counts.get(name) ?? 0])) as Record<
          EndpointState,
          number
        >,
        blind: blind?.count ?? 0,
        losses: Object.fromEntries(losses.rows.map(row => [row.key, Number(row.sum)])),
      };
    },
  };
}

async function unlessNameTaken<Outcome>(change: () => Promise<Outcome>): Promise<Outcome | 'name-taken'> {
  try {
    return await change();
  } catch (error) {
    if (sqlState(error) === uniqueViolation) return 'name-taken';
    throw error;
  }
}

const subject = (id: EndpointId, name: string) => ({ kind: 'endpoint', id, name });
