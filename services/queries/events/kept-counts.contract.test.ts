import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventBatch } from '@picket/proto';
import pino from 'pino';
import { z } from 'zod';
import { type ClickHouseServer, command, connect } from '../../adapters/clickhouse/connection.ts';
import { openEventStore } from '../../adapters/clickhouse/event-store.ts';
import { eventMigrations, migrateClickHouse } from '../../adapters/migrations.ts';
import { EventBlock } from '../../archive/native-block.ts';
import { everyKind, opens } from '../../archive/sample.fixture.ts';
import { decodeBatch } from '../../domain/events/batch.ts';
import { startClickHouse, type TestClickHouse } from '../../engines/clickhouse.fixture.ts';
import { type EventStore, EventStoreUnavailable, type Query } from '../../ports/event-store.ts';

const start = Date.now() * 1000 - 86_400_000_000;
const log = pino({ level: 'silent' });
let clickhouse: TestClickHouse;
before(async () => {
  clickhouse = await startClickHouse();
});
after(() => clickhouse.close());

/** Events of several kinds, hours and days; as many in each block. */
function block(index: number): {
  readonly columns: readonly string[];
  readonly bytes: Uint8Array;
  readonly rows: number;
} {
  const events = new EventBlock();
  for (const fields of [everyKind(index * 100, start), opens(index * 100 + 50, 5, start - 40 * 3_600_000_000)]) {
    const decoded = decodeBatch(EventBatch.encode(fields).finish());
    assert.ok(decoded.ok);
    events.append(decoded.batch, 0, { earliest: 0, latest: Number.MAX_SAFE_INTEGER });
  }
  return { columns: events.columnNames, bytes: events.bytes(), rows: events.rows };
}

const { rows } = block(0);
const insert = (store: EventStore, index: number): Promise<void> => {
  const { columns, bytes } = block(index);
  return store.insert('events', columns, bytes, `block ${index}`);
};

const counted = z.object({
  place: z.string(),
  hour: z.string(),
  kind: z.string(),
  exe: z.string(),
  events: z.string(),
});
const difference: Query<z.ZodObject, typeof counted> = {
  name: 'difference',
  sql: `WITH raw AS (SELECT toStartOfHour(time, 'UTC') AS hour, kind, exe, count() AS events FROM events GROUP BY ALL),
             kept AS (SELECT hour, kind, exe, sum(events) AS events FROM event_hours GROUP BY ALL),
             minutes AS (SELECT toStartOfMinute(time, 'UTC') AS minute, kind, count() AS events FROM events GROUP BY ALL),
             kept_minutes AS (SELECT minute, kind, sum(events) AS events FROM event_minutes GROUP BY ALL)
        SELECT 'raw' AS place, toString(hour) AS hour, kind, exe, events FROM (SELECT * FROM raw EXCEPT SELECT * FROM kept)
        UNION ALL SELECT 'kept', toString(hour), kind, exe, events FROM (SELECT * FROM kept EXCEPT SELECT * FROM raw)
        UNION ALL SELECT 'minutes', toString(minute), kind, '', events FROM (SELECT * FROM minutes EXCEPT SELECT * FROM kept_minutes)
        UNION ALL SELECT 'kept_minutes', toString(minute), kind, '', events FROM (SELECT * FROM kept_minutes EXCEPT SELECT * FROM minutes)`,
  parameters: z.object({}),
  row: counted,
};
const total: Query<z.ZodObject, z.ZodObject<{ events: z.ZodString }>> = {
  name: 'total',
  sql: 'SELECT count() AS events FROM events',
  parameters: z.object({}),
  row: z.object({ events: z.string() }),
};

async function place(database: string): Promise<{ server: ClickHouseServer; store: EventStore }> {
  const server = { ...clickhouse, database };
  await migrateClickHouse(server, eventMigrations(), log);
  return { server, store: openEventStore(server) };
}

test('a block that is inserted again is counted once, however often and at how many places it is tried at a time', async () => {
  const { store } = await place('counted_once');
  await insert(store, 1);
  await Promise.all([insert(store, 1), insert(store, 1), insert(store, 2), insert(store, 2)]);
  assert.deepEqual(await store.query(total, {}), [{ events: String(2 * rows) }]);
  assert.deepEqual(await store.query(difference, {}), []);
  await store.close();
});

test('what failed between the events and their counts is made up for by the next try', async () => {
  const { server, store } = await place('made_up_for');
  const client = connect(server);
  const select = (count: string) =>
    `SELECT endpoint_id, toStartOfHour(time, 'UTC') AS hour, kind, exe, script, ${count} AS events
     FROM events GROUP BY endpoint_id, hour, kind, exe, script`;
  await insert(store, 1);
  await command(
    client,
    `ALTER TABLE event_hours_kept MODIFY QUERY ${select("throwIf(any(pid) > 0, 'broken') + count()")}`,
  );
  await assert.rejects(insert(store, 2), /broken/);
  assert.notDeepEqual(await store.query(difference, {}), [], 'the events are there without their counts');
  await command(client, `ALTER TABLE event_hours_kept MODIFY QUERY ${select('count()')}`);
  await insert(store, 2);
  await insert(store, 2);
  assert.deepEqual(await store.query(total, {}), [{ events: String(2 * rows) }]);
  assert.deepEqual(await store.query(difference, {}), []);
  await client.close();
  await store.close();
});

test('counts are those of the events after the engine was killed in the middle of inserts', async () => {
  const { store } = await place('killed');
  for (let round = 0; round < 2; round++) {
    const first = round * 8;
    const inserts = Array.from({ length: 8 }, (_, i) =>
      (async () => {
        for (;;) {
          try {
            return await insert(store, first + i);
          } catch (error) {
            assert.ok(error instanceof EventStoreUnavailable, String(error));
            // Asking is waiting: it is refused until the engine serves again.
            await store.ping();
          }
        }
      })(),
    );
    await Promise.race(inserts);
    await clickhouse.crash();
    await Promise.all(inserts);
  }
  assert.deepEqual(await store.query(total, {}), [{ events: String(16 * rows) }]);
  assert.deepEqual(await store.query(difference, {}), []);
  await store.close();
});
