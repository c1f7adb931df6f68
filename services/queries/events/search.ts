/** Events newest first, page by page. */

import { z } from 'zod';
import type { EndpointId, Micros, StreamId } from '../../domain/events/ids.ts';
import { micros } from '../../domain/events/ids.ts';
import type { EventStore, Query } from '../../ports/event-store.ts';
import { conditionsOf, type EventFilter, filterParameters } from './filter.ts';
import { firstWorthwhile, startsOf } from './look-back.ts';
import { eventColumns, eventRow, type StoredEvent } from './row.ts';

/** The place of an event in the order (time, endpoint, stream, sequence): no two events share one. */
export interface EventCursor {
  readonly time: Micros;
  readonly endpoint: EndpointId;
  readonly stream: StreamId;
  readonly sequence: number;
}

export interface EventPage {
  readonly limit: number;
  /** The last event of the page before. */
  readonly after?: EventCursor | undefined;
}

export const cursorOf = ({ time, endpoint, stream, sequence }: StoredEvent): EventCursor => ({
  time,
  endpoint,
  stream,
  sequence,
});

const searchParameters = filterParameters.extend({
  limit: z.number(),
  cursorTime: z.number().optional(),
  cursorEndpoint: z.string().optional(),
  cursorStream: z.string().optional(),
  cursorSequence: z.number().optional(),
});

type SearchQuery = Query<typeof searchParameters, typeof eventRow>;

/** One query: the `limit` newest events that match and come after the cursor. */
export function eventSearch(
  filter: EventFilter,
  page: EventPage,
): { query: SearchQuery; parameters: z.input<typeof searchParameters> } {
  const { sql, parameters } = conditionsOf(filter);
  const { after } = page;
  const position = after
    ? `AND time <= fromUnixTimestamp64Micro({cursorTime:Int64})
       AND (time, endpoint_id, stream, sequence) < (fromUnixTimestamp64Micro({cursorTime:Int64}), {cursorEndpoint:UUID}, {cursorStream:UInt64}, {cursorSequence:UInt64})`
    : '';
  return {
    query: {
      name: 'event-search',
      sql: `SELECT ${eventColumns} FROM events WHERE ${sql} ${position}
            ORDER BY time DESC, endpoint_id DESC, stream DESC, sequence DESC LIMIT {limit:UInt32}`,
      parameters: searchParameters,
      row: eventRow,
    },
    parameters: {
      ...parameters,
      limit: page.limit,
      ...(after && {
        cursorTime: after.time,
        cursorEndpoint: after.endpoint,
        cursorStream: BigInt(`0x${after.stream}`).toString(),
        cursorSequence: after.sequence,
      }),
    },
  };
}

/** The `limit` newest events that match and come after the cursor. */
export async function findEvents(
  store: EventStore,
  filter: EventFilter,
  page: EventPage,
  now: Micros,
  signal?: AbortSignal,
): Promise<StoredEvent[]> {
  const newest = Math.min(page.after?.time ?? Number.MAX_SAFE_INTEGER, filter.to ?? Number.MAX_SAFE_INTEGER, now);
  const starts = startsOf(filter, micros(newest));
  const first = await firstWorthwhile(store, filter, starts, signal);
  const found: StoredEvent[] = [];
  let { to } = filter;
  for (const from of starts.slice(first)) {
    const { query, parameters } = eventSearch({ ...filter, from, to }, { ...page, limit: page.limit - found.length });
    found.push(...(await store.query(query, parameters, signal)));
    if (found.length >= page.limit) break;
    to = from;
  }
  return found;
}
