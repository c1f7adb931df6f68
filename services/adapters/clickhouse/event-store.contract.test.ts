import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startClickHouse, type TestClickHouse } from '../../engines/clickhouse.fixture.ts';
import { freePort } from '../../engines/free-port.ts';
import { eventStoreContract } from '../../ports/event-store.contract.ts';
import type { EventStore } from '../../ports/event-store.ts';
import { command, connect, rows } from './connection.ts';
import { openEventStore } from './event-store.ts';

let clickhouse: TestClickHouse;
let tables = 0;
const open: EventStore[] = [];
before(async () => {
  clickhouse = await startClickHouse();
});
after(async () => {
  await Promise.all(open.map(store => store.close()));
  await clickhouse.close();
});

eventStoreContract('ClickHouse', async () => {
  const server = { ...clickhouse, database: 'default' };
  const store = openEventStore(server);
  const unreachable = openEventStore({ ...server, url: `http://127.0.0.1:${await freePort()}` });
  open.push(store, unreachable);
  return {
    store,
    unreachable,
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
        rows<{ query: string }>(client, "SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'");
      try {
        for (let found = await running(); found.length > 0; found = await running()) {
          assert.ok(performance.now() < until, `still running: ${JSON.stringify(found)}`);
          await delay(20);
        }
      } finally {
        await client.close();
      }
    },
  };
});
