/** Baselines in PostgreSQL, as people read them. */

import { and, count, eq, getTableColumns, sql } from 'drizzle-orm';
import { type BaselineStore, baselinePhases } from '../../ports/baselines.ts';
import type { Database } from './connection.ts';
import { after, fetchLimit, type Keyset, orderBy, pageOf } from './keyset.ts';
import { holds } from './like.ts';
import { baselineEntries, baselines, endpoints } from './tables.ts';

const { endpointId: _endpoint, ...columns } = getTableColumns(baselines);

const byProgram: Keyset<{ readonly program: string; readonly id: number }> = {
  name: 'baselines',
  direction: 'asc',
  keys: [
    { expression: sql`${baselines.program}`, type: 'text', read: row => row.program },
    { expression: sql`${baselines.id}`, type: 'bigint', read: row => row.id },
  ],
};

const mostFrequent: Keyset<{ readonly count: number; readonly value: string }> = {
  name: 'entries',
  direction: 'desc',
  keys: [
    { expression: sql`${baselineEntries.count}`, type: 'bigint', read: row => row.count },
    { expression: sql`${baselineEntries.value}`, type: 'text', read: row => row.value },
  ],
};

export function baselineStore(database: Database): BaselineStore {
  return {
    async list({ endpoint, program, family, phase, search }, page) {
      const rows = await database
        .select({ ...columns, endpoint: { id: endpoints.id, name: endpoints.name } })
        .from(baselines)
        .innerJoin(endpoints, eq(endpoints.id, baselines.endpointId))
        .where(
          and(
            endpoint === undefined ? undefined : eq(baselines.endpointId, endpoint),
            program === undefined ? undefined : eq(baselines.program, program),
            family === undefined ? undefined : eq(baselines.family, family),
            phase === undefined ? undefined : eq(baselines.phase, phase),
            search === undefined ? undefined : holds(search, sql`${baselines.program}`, sql`${endpoints.name}`),
            after(byProgram, page.cursor),
          ),
        )
        .orderBy(...orderBy(byProgram))
        .limit(fetchLimit(page));
      return pageOf(byProgram, rows, page, ({ id: _, ...baseline }) => baseline);
    },

    async entries({ endpoint, family, program, search }, page) {
      const { baselineId: _, ...entry } = getTableColumns(baselineEntries);
      const rows = await database
        .select(entry)
        .from(baselineEntries)
        .innerJoin(baselines, eq(baselines.id, baselineEntries.baselineId))
        .where(
          and(
            eq(baselines.endpointId, endpoint),
            eq(baselines.family, family),
            eq(baselines.program, program),
            search === undefined ? undefined : holds(search, sql`${baselineEntries.value}`),
            after(mostFrequent, page.cursor),
          ),
        )
        .orderBy(...orderBy(mostFrequent))
        .limit(fetchLimit(page));
      return pageOf(mostFrequent, rows, page, row => row);
    },

    async phases() {
      const rows = await database
        .select({ phase: baselines.phase, count: count() })
        .from(baselines)
        .groupBy(baselines.phase);
      const of = (phase: string) => rows.find(row => row.phase === phase)?.count ?? 0;
      const [learning, saturated, enforced] = baselinePhases;
      return { learning: of(learning), saturated: of(saturated), enforced: of(enforced) };
    },
  };
}
