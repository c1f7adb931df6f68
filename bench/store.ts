/** What a stored event takes on the disk, and how fast events are inserted. */

import { parseArgs } from 'node:util';
import { connect, rows } from '../services/adapters/clickhouse/connection.ts';
import type { Figures } from './bench.ts';
import { month } from './stored/fill.ts';
import { openEventSet } from './stored/set.ts';

export const about =
  'bytes of a stored event after merging, and inserts a second  [--events N: 10,000,000 unless given]';

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({ args: [...args], options: { events: { type: 'string', default: '10000000' } } });
  const set = await openEventSet(month(Number(values.events), 30));
  const client = connect({ ...set.clickhouse, database: set.database });
  try {
    const tables = await rows<{ table_name: string; rows: string; bytes: string; parts: string }>(
      client,
      'SELECT * FROM table_sizes',
    );
    const of = (name: string) => tables.find(({ table_name }) => table_name === name)!;
    const [columns] = await rows<{ data: string; indexes: string }>(
      client,
      `SELECT sum(data_compressed_bytes) AS data, sum(secondary_indices_compressed_bytes) AS indexes
       FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'`,
    );
    const stored = Number(of('events').rows);
    const each = (bytes: number): number => Number((bytes / stored).toFixed(2));
    const counts = Number(of('event_hours').bytes) + Number(of('event_minutes').bytes);
    return {
      events: stored,
      bytes_per_event: each(Number(of('events').bytes) + counts),
      bytes_of_columns: each(Number(columns!.data)),
      bytes_of_skip_indexes: each(Number(columns!.indexes)),
      bytes_of_kept_counts: each(counts),
      parts: Number(of('events').parts),
      insert_events_per_s: set.filled.insertsPerSecond,
      generated_events_per_s: set.filled.eventsPerSecond,
    };
  } finally {
    await client.close();
    await set.close();
  }
}
