/** How many events, in all and over time. */

import { z } from 'zod';
import type { Query } from '../../ports/event-store.ts';
import { conditionsOf, type EventFilter, filterParameters } from './filter.ts';

const countRow = z.object({ count: z.string().transform(Number) });

/** How many events match. One row. */
export function eventCount(filter: EventFilter): {
  query: Query<typeof filterParameters, typeof countRow>;
  parameters: z.input<typeof filterParameters>;
} {
  const { sql, parameters } = conditionsOf(filter);
  return {
    query: {
      name: 'event-count',
      sql: `SELECT count() AS count FROM events WHERE ${sql}`,
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

/** Numbers for the overview; `now` in micros. One row. */
export const eventOverview: Query<typeof overviewParameters, typeof overviewRow> = {
  name: 'event-overview',
  sql: `WITH fromUnixTimestamp64Micro({now:Int64}) AS now
        SELECT count() AS lastHour,
               countIf(time > now - INTERVAL 1 MINUTE) AS lastMinute,
               (SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events') AS rows,
               (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events') AS bytes
        FROM events WHERE time > now - INTERVAL 1 HOUR`,
  parameters: overviewParameters,
  row: overviewRow,
};
