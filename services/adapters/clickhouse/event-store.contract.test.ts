import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../../engines/free-port.ts';
import { eventStoreContract } from '../../ports/event-store.contract.ts';
import { type EventStore, type Query, queryLimits } from '../../ports/event-store.ts';
import { type ClickHouseServer, command, connect, rows } from './connection.ts';
import { openEventStore } from './event-store.ts';
import { openTestServer, type TestServer } from './server.fixture.ts';

let place: TestServer;
let server: ClickHouseServer;
let tables = 0;
const open: EventStore[] = [];
before(async () => {
  place = await openTestServer(process.env);
  ({ server } = place);
});
after(async () => {
  await Promise.all(open.map(store => store.close()));
  await place?.close();
});

const kept = (store: EventStore): EventStore => {
  open.push(store);
  return store;
};

eventStoreContract('ClickHouse', async () => ({
  store: kept(openEventStore(server)),
  hurried: kept(openEventStore(server, { ...queryLimits, seconds: 1 })),
  unreachable: kept(openEventStore({ ...server, url: `http://127.0.0.1:${await freePort()}` })),
  async table() {
    const name = `contract_${++tables}`;
    const client = connect(server);
    await command(
      client,
      `CREATE TABLE ${name} (text String, number UInt64, other UInt8 DEFAULT 7)
       ENGINE = MergeTree ORDER BY number SETTINGS non_replicated_deduplication_window = 10`,
    );
    await client.close();
    return name;
  },
  async idle() {
    const client = connect(server);
    const until = performance.now() + 5_000;
    const running = () =>
      rows<{ query: string }>(client, 'SELECT query FROM system.processes WHERE current_database = currentDatabase()');
    try {
      // It finds itself.
      for (let found = await running(); found.length !== 1; found = await running()) {
        assert.ok(performance.now() < until, `still running: ${JSON.stringify(found)}`);
        await delay(20);
      }
    } finally {
      await client.close();
    }
  },
}));

const settingRow = z.object({ name: z.string(), value: z.string() });
const settings: Query<z.ZodObject, typeof settingRow> = {
  name: 'settings',
  sql: `SELECT name, value FROM system.settings WHERE name IN
          ('max_execution_time', 'max_memory_usage', 'max_result_bytes', 'readonly', 'cancel_http_readonly_queries_on_client_close')`,
  parameters: z.object({}),
  row: settingRow,
};

// Other limits than the embedded front's own: what is in force is what was sent.
test('a query brings its limits, only reads, and ends when its client is gone', async () => {
  const store = kept(openEventStore(server, { seconds: 7, memoryBytes: 350_000_000, resultBytes: 9_000_000 }));
  const inForce = (await store.query(settings, {})).map(({ name, value }) => [name, value]);
  assert.deepEqual(Object.fromEntries(inForce), {
    max_execution_time: '7',
    max_memory_usage: '350000000',
    max_result_bytes: '9000000',
    readonly: '2',
    cancel_http_readonly_queries_on_client_close: '1',
  });
});

test('a suite that is told of a server makes a database there, and leaves nothing', async () => {
  const { url, user, password } = server;
  const client = connect(server);
  const databases = async () => (await rows<{ name: string }>(client, 'SHOW DATABASES')).map(({ name }) => name);
  const { server: given, close } = await openTestServer({
    CLICKHOUSE_URL: url,
    CLICKHOUSE_USER: user,
    CLICKHOUSE_PASSWORD: password,
  });
  assert.equal(given.url, url);
  assert.ok((await databases()).includes(given.database));
  const inside = connect(given);
  await command(inside, 'CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n');
  await inside.close();
  await close();
  assert.ok(!(await databases()).includes(given.database));
  await client.close();
});
