/** Events that were stored since the last look, for the live view. */

import { z } from 'zod';
import type { Micros } from '../../domain/events/ids.ts';
import type { EventStore, Query } from '../../ports/event-store.ts';
import { conditionsOf, type EventFilter, filterParameters } from './filter.ts';
import { eventColumns, eventRow, type StoredEvent } from './row.ts';

const newestParameters = filterParameters.extend({ since: z.number(), limit: z.number() });

/** The newest `limit` events that match, stored after `since` (micros of the store's clock) and not older than ten minutes then. */
export function eventsStoredSince(
  filter: EventFilter,
  since: Micros,
  limit: number,
): { query: Query<typeof newestParameters, typeof eventRow>; parameters: z.input<typeof newestParameters> } {
  const { sql, parameters } = conditionsOf(filter);
  return {
    query: {
      name: 'events-stored-since',
      sql: `SELECT ${eventColumns} FROM events
            WHERE stored_at > fromUnixTimestamp64Micro({since:Int64})
              AND time > fromUnixTimestamp64Micro({since:Int64}) - INTERVAL 10 MINUTE AND ${sql}
            ORDER BY time DESC, endpoint_id DESC, stream DESC, sequence DESC LIMIT {limit:UInt32}`,
      parameters: newestParameters,
      row: eventRow,
    },
    parameters: { ...parameters, since, limit },
  };
}

/** A block's `stored_at` is set when its insert begins, and it is seen when that ends: each look reaches back so far. */
const overlapMicros = 3_000_000;
/** Times its limit that a look asks for at most. */
const largestLook = 8;

/**
 * Follows the store: each `next` gives the events stored since the one before, oldest first, at most `limit` of the
 * newest, none twice, and whether there were `more`. `start` and `now` are micros of the wall clock.
 */
export class EventFollower {
  readonly #store: EventStore;
  readonly #filter: EventFilter;
  readonly #limit: number;
  #since: number;
  /** When each event of the overlap was given out, by its identity. */
  #given = new Map<string, number>();

  constructor(store: EventStore, filter: EventFilter, limit: number, start: Micros) {
    this.#store = store;
    this.#filter = filter;
    this.#limit = limit;
    this.#since = start;
  }

  async next(now: Micros, signal?: AbortSignal): Promise<{ events: StoredEvent[]; more: boolean }> {
    const since = (this.#since - overlapMicros) as Micros;
    // By the look before, not by now: after a look that took long, or failed, what it gave is found again.
    for (const [event, at] of this.#given) if (at < since - overlapMicros) this.#given.delete(event);
    // What was given must not take the room of what is new, and no flood may make a look larger and larger.
    const most = Math.min(this.#limit + this.#given.size, largestLook * this.#limit);
    const { query, parameters } = eventsStoredSince(this.#filter, since, most);
    const rows = await this.#store.query(query, parameters, signal);
    const fresh = rows.filter(event => !this.#given.has(identity(event))).reverse();
    // Also what the limit leaves out: it would come behind what is newer.
    for (const event of fresh) this.#given.set(identity(event), now);
    this.#since = now;
    return { events: fresh.slice(-this.#limit), more: rows.length >= most || fresh.length > this.#limit };
  }
}

const identity = ({ endpoint, stream, sequence }: StoredEvent): string => `${endpoint}/${stream}/${sequence}`;
