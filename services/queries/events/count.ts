/** How many events, in all and over time. */

import { z } from 'zod';
import type { Query } from '../../ports/event-store.ts';
import { conditionsOf, type EventFilter, filterParameters } from './filter.ts';

const countRow = z.object({ count: z.string().transform(Number) });

/** What the counts by hour know of an event. */
const keptByHour = new Set(['endpoint', 'kinds', 'program']);

/** How many events match. One row. */
export function eventCount(filter: EventFilter): {
  query: Query<typeof filterParameters, typeof countRow>;
  parameters: z.input<typeof filterParameters>;
} {
  const { sql, parameters } = conditionsOf(filter);
  const kept = Object.entries(filter).every(([name, value]) => value === undefined || keptByHour.has(name));
  return {
    query: {
      name: 'event-count',
      sql: kept
        ? `SELECT sum(events) AS count FROM event_hours WHERE ${sql}`
        : `SELECT count() AS count FROM events WHERE ${sql}`,
      parameters: filterParameters,
      row: countRow,
    },
    parameters,
  };
}

const rateRow = z
  .object({ minute: z.number(), events: z.string().transform(Number) })
  .transform(row => ({ minute: row.minute * 1_000_000, events: row.events }));

/** Matching events by minute (start of it in micros), oldest first; minutes without events are absent. Give `from`. */
export function eventRate(filter: EventFilter): {
  query: Query<typeof filterParameters, typeof rateRow>;
  parameters: z.input<typeof filterParameters>;
} {
  const { sql, parameters } = conditionsOf(filter);
  return {
    query: {
      name: 'event-rate',
      sql: `SELECT toUnixTimestamp(toStartOfMinute(time)) AS minute, count() AS events
            FROM events WHERE ${sql} GROUP BY minute ORDER BY minute`,
      parameters: filterParameters,
      row: rateRow,
    },
    parameters,
  };
}

const overviewParameters = z.object({ now: z.number() });
const overviewRow = z.object({
  lastHour: z.string().transform(Number),
  lastMinute: z.string().transform(Number),
  /** Rows and bytes on disk, compressed. */
  rows: z.string().transform(Number),
  bytes: z.string().transform(Number),
});

/**
 * Numbers for the overview; `now` in micros. One row. Kept by minutes: the last hour is this minute and the 59 before, the
 * last minute is a minute's share of this one and the one before.
 */
export const eventOverview: Query<typeof overviewParameters, typeof overviewRow> = {
  name: 'event-overview',
  sql: `WITH fromUnixTimestamp64Micro({now:Int64}, 'UTC') AS now, toStartOfMinute(now) AS this
        SELECT sum(events) AS lastHour,
               toUInt64(round(sumIf(events, minute >= this - INTERVAL 1 MINUTE) * 60 / (60 + toSecond(now)))) AS lastMinute,
               (SELECT sum(rows) FROM table_sizes WHERE table_name = 'events') AS rows,
               (SELECT sum(bytes) FROM table_sizes WHERE table_name = 'events') AS bytes
        FROM event_minutes WHERE minute > this - INTERVAL 60 MINUTE AND minute <= now`,
  parameters: overviewParameters,
  row: overviewRow,
};
