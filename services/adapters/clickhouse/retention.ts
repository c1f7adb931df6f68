/** How long events are kept: the table's TTL, changed where it says something else. */

import { type ClickHouseServer, command, connect, rows } from './connection.ts';

/** True where it was changed. The engine drops a day once all of it is past; nothing is rewritten. */
export async function setRetention(server: ClickHouseServer, days: number): Promise<boolean> {
  const client = connect(server);
  try {
    const [table] = await rows<{ ttl: string }>(
      client,
      `SELECT extract(engine_full, 'TTL (.*?) SETTINGS') AS ttl FROM system.tables
       WHERE database = currentDatabase() AND name = 'events'`,
    );
    // ClickHouse writes INTERVAL 30 DAY as toIntervalDay(30).
    if (table?.ttl.includes(`toIntervalDay(${days})`)) return false;
    await command(
      client,
      `ALTER TABLE events MODIFY TTL toDateTime(time) + INTERVAL ${Math.trunc(days)} DAY SETTINGS materialize_ttl_after_modify = 0`,
    );
    return true;
  } finally {
    await client.close();
  }
}
