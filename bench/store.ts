/** What a stored event takes on the disk, and how fast events are inserted. */

import { parseArgs } from 'node:util';
import { connect, rows } from '../services/adapters/clickhouse/connection.ts';
import type { Figures } from './bench.ts';
import { month } from './stored/fill.ts';
import { measureInserts, openEventSet, sizes } from './stored/set.ts';

export const about =
  'bytes of a stored event after merging, and inserts a second  [--events N: 10,000,000 unless given]';

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({ args: [...args], options: { events: { type: 'string', default: '10000000' } } });
  const inserts = await measureInserts(2_000_000);
  const set = await openEventSet(month(Number(values.events), 30));
  const client = connect({ ...set.clickhouse, database: set.database });
  try {
    const stored = await sizes(set);
    const [columns] = await rows<{ data: string; indexes: string }>(
      client,
      `SELECT sum(data_compressed_bytes) AS data, sum(secondary_indices_compressed_bytes) AS indexes
       FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'`,
    );
    const each = (bytes: string): number => Number((Number(bytes) / stored.events).toFixed(2));
    return {
      events: stored.events,
      bytes_per_event: stored.bytesPerEvent,
      bytes_of_columns: each(columns!.data),
      bytes_of_skip_indexes: each(columns!.indexes),
      bytes_of_kept_counts: stored.bytesOfKeptCounts,
      parts: stored.parts,
      insert_events_per_s: inserts.insertsPerSecond,
      generated_events_per_s: inserts.eventsPerSecond,
    };
  } finally {
    await client.close();
    await set.close();
  }
}
