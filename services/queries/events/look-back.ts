/**
 * How far back to look for the newest events that match. What is common is found in the last hour, and only what is rare is
 * looked for in all; but where the last hour lies in the same blocks as the last day, it would be read twice for nothing.
 */

import { z } from 'zod';
import type { Micros } from '../../domain/events/ids.ts';
import { micros } from '../../domain/events/ids.ts';
import type { EventStore } from '../../ports/event-store.ts';
import { conditionsOf, type EventFilter, filterParameters } from './filter.ts';

const hour = 3_600_000_000;
const looksBack = [hour, 24 * hour];

/** Where each look back begins, the last one where the filter says, or with the first event (undefined). */
export function startsOf(filter: EventFilter, newest: Micros): (Micros | undefined)[] {
  const within = looksBack.map(back => newest - back).filter(start => start > (filter.from ?? 0));
  return [...within.map(micros), filter.from];
}

const estimatedRow = z.object({ rows: z.string().transform(Number) });

/** Of looks back, each further than the one before: the place of the furthest that reads at most twice what the first reads. */
export async function firstWorthwhile(
  store: EventStore,
  filter: EventFilter,
  starts: readonly (Micros | undefined)[],
  signal?: AbortSignal,
): Promise<number> {
  if (starts.length === 1) return 0;
  const reads = await Promise.all(starts.map(from => rowsRead(store, { ...filter, from }, signal)));
  const narrowest = reads[0]!;
  return narrowest === 0 ? 0 : reads.findLastIndex(read => read <= 2 * narrowest);
}

/** As the engine estimates it from its indexes, without reading; 0 where it does not know (a distributed table). */
async function rowsRead(store: EventStore, filter: EventFilter, signal?: AbortSignal): Promise<number> {
  const { sql, parameters } = conditionsOf(filter);
  const estimate = {
    name: 'event-search-estimate',
    sql: `EXPLAIN ESTIMATE SELECT time FROM events WHERE ${sql}`,
    parameters: filterParameters,
    row: estimatedRow,
  };
  const parts = await store.query(estimate, parameters, signal);
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}
