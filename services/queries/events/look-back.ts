/**
 * How far back to look for the newest events that match. What is common is found in the last hour, and only what is rare is
 * looked for in all; but where the last hour lies in the same blocks as the last day, it would be read twice for nothing.
 */

import { z } from 'zod';
import type { Micros } from '../../domain/events/ids.ts';
import { micros } from '../../domain/events/ids.ts';
import type { EventStore, Query } from '../../ports/event-store.ts';

const hour = 3_600_000_000;
const looksBack = [hour, 24 * hour];

/** Where each look back begins, the last one where the filter says, or with the first event (undefined). */
export function startsOf(filter: { readonly from?: Micros | undefined }, newest: Micros): (Micros | undefined)[] {
  const within = looksBack.map(back => newest - back).filter(start => start > (filter.from ?? 0));
  return [...within.map(micros), filter.from];
}

interface Asked {
  readonly query: Query<z.ZodObject, z.ZodType>;
  readonly parameters: Record<string, unknown>;
}

const estimatedRow = z.object({ rows: z.string().transform(Number) });

/** Of searches that look back ever further: the place of the furthest that reads at most twice what the first reads. */
export async function firstWorthwhile(
  store: EventStore,
  searches: readonly Asked[],
  signal?: AbortSignal,
): Promise<number> {
  const reads = await Promise.all(searches.map(search => rowsRead(store, search, signal)));
  const narrowest = reads[0]!;
  return narrowest === 0 ? 0 : reads.findLastIndex(read => read <= 2 * narrowest);
}

/** As the engine estimates it from its indexes, without reading; 0 where it does not know (a distributed table). */
async function rowsRead(store: EventStore, { query, parameters }: Asked, signal?: AbortSignal): Promise<number> {
  const { name, sql } = query;
  const estimate = { ...query, name: `${name}-estimate`, sql: `EXPLAIN ESTIMATE ${sql}`, row: estimatedRow };
  const parts = await store.query(estimate, parameters, signal);
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}
