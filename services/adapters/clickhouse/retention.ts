/** How long events and their counts are kept: the tables' TTL, changed where it says something else. */

import { type ClickHouseServer, command, connect, rows } from './connection.ts';
import { laidOut, localTable } from './layout.ts';

/** The tables that forget, each with the day that its TTL counts from. */
const forgetting = { events: 'toDateTime(time)', event_minutes: 'minute', event_hours: 'hour' } as const;

/** True where it was changed. The engine drops a day once all of it is past; nothing is rewritten. */
export async function setRetention(server: ClickHouseServer, days: number): Promise<boolean> {
  const client = connect(server);
  try {
    const found = await rows<{ name: string; ttl: string }>(
      client,
      `SELECT name, extract(engine_full, 'TTL (.*?) SETTINGS') AS ttl FROM system.tables
       WHERE database = currentDatabase() AND name IN {names:Array(String)}`,
      { names: Object.keys(forgetting).map(table => localTable(table, server.cluster)) },
    );
    // ClickHouse writes INTERVAL 30 DAY as toIntervalDay(30).
    const other = Object.entries(forgetting).filter(([table]) => {
      const ttl = found.find(({ name }) => name === localTable(table, server.cluster))?.ttl;
      return !ttl?.includes(`toIntervalDay(${days})`);
    });
    for (const [table, from] of other) await command(client, laidOut(ttlChange(table, from, days), server.cluster));
    return other.length > 0;
  } finally {
    await client.close();
  }
}

const ttlChange = (table: string, from: string, days: number): string =>
  `ALTER TABLE {{local ${table}}} {{on cluster}} MODIFY TTL ${from} + INTERVAL ${Math.trunc(days)} DAY
   SETTINGS materialize_ttl_after_modify = 0`;
