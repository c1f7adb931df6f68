/** In how many pieces the tables of events lie, and how far behind merging is. */

import { z } from 'zod';
import type { Query } from '../../ports/event-store.ts';

const noParameters = z.object({});
const number = z.string().transform(Number);
const partsRow = z.object({ table: z.string(), parts: number, fullest: number, bytes: number, merging: number });

/** One row a table of the database: its active parts, those of its fullest partition, their bytes, and merges that run. */
export const tableParts: Query<typeof noParameters, typeof partsRow> = {
  name: 'table-parts',
  sql: `SELECT table, sum(count) AS parts, max(count) AS fullest, sum(size) AS bytes, any(m.merging) AS merging
        FROM (SELECT table, partition, count() AS count, sum(bytes_on_disk) AS size FROM system.parts
              WHERE active AND database = currentDatabase() GROUP BY table, partition) AS p
        LEFT JOIN (SELECT table, count() AS merging FROM system.merges
                   WHERE database = currentDatabase() GROUP BY table) AS m USING (table)
        GROUP BY table ORDER BY table`,
  parameters: noParameters,
  row: partsRow,
};
