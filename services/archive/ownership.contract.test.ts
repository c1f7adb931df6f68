import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { eventMigrations, migrateClickHouse } from '../adapters/migrations.ts';
import { startClickHouse, type TestClickHouse } from '../engines/clickhouse.fixture.ts';
import type { EventStore, Query } from '../ports/event-store.ts';
import { claim, PartitionLost, requireClaim } from './ownership.ts';
import { type ArchiveConfig, runArchive } from './run.ts';
import { messageOf, opens } from './sample.fixture.ts';

const silent = pino({ level: 'silent' });
const config: ArchiveConfig = { maxRows: 250, waitMs: 20, maxWaitMs: 20, retentionDays: 20, closePatienceMs: 5_000 };
const now = Date.now() * 1000;
const messages = 8;
const rowsEach = 100;

let clickhouse: TestClickHouse;
let places = 0;
before(async () => {
  clickhouse = await startClickHouse();
});
after(() => clickhouse.close());

async function emptyStore(): Promise<EventStore> {
  const server = { ...clickhouse, database: `ownership_${++places}` };
  await migrateClickHouse(server, eventMigrations(), silent);
  return openEventStore(server);
}

const stored: Query<z.ZodObject, z.ZodObject<{ rows: z.ZodString; distinct: z.ZodString }>> = {
  name: 'stored',
  sql: 'SELECT count() AS rows, uniqExact(endpoint_id, stream, sequence) AS distinct FROM events',
  parameters: z.object({}),
  row: z.object({ rows: z.string(), distinct: z.string() }),
};

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `it did not come true in a minute: ${condition}`);
    await delay(10);
  }
}

test('of those who claim a partition the last one has it', async () => {
  const store = await emptyStore();
  const { signal } = new AbortController();
  const first = await claim(store, 7, signal);
  const other = await claim(store, 8, signal);
  await requireClaim(store, first, signal);
  const second = await claim(store, 7, signal);
  await assert.rejects(requireClaim(store, first, signal), PartitionLost);
  await requireClaim(store, second, signal);
  await requireClaim(store, other, signal);
  assert.deepEqual([first.epoch, second.epoch, other.epoch], [1, 2, 1]);
  await store.close();
});

/** Where an archive stops until it is woken, and how often it comes by there before. */
const points = {
  'before it asks whether a partition is its own': { query: 'archive-owner', insert: '', before: 5 },
  'before it writes a plan': { query: '', insert: 'archive_watermarks', before: 1 },
  'between a plan and its block': { query: '', insert: 'events', before: 1 },
};

for (const [where, point] of Object.entries(points)) {
  test(`an archive that is frozen ${where}, and wakes when another has stored everything, stores nothing twice`, async () => {
    const store = await emptyStore();
    const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'picket-ownership-'))) as [string, string];
    const openBus = (folder: string) =>
      LogBus.open({ folder, groups: { events: ['archive'] }, reserveBytes: 0 }, silent);
    const filled = await openBus(folders[0]);
    for (let i = 0; i < messages; i++) {
      await filled.publish('events', [messageOf(opens(i * rowsEach, rowsEach, now), now)]);
    }
    await filled.close();
    cpSync(folders[0], folders[1], { recursive: true });
    const buses = await Promise.all(folders.map(openBus));

    const frozen = Promise.withResolvers<void>();
    const woken = Promise.withResolvers<void>();
    let passed = 0;
    const pass = async (here: boolean) => {
      if (!here || passed++ !== point.before) return;
      frozen.resolve();
      await woken.promise;
    };
    const freezing: EventStore = {
      ...store,
      async insert(table, ...rest) {
        await pass(table === point.insert);
        return store.insert(table, ...rest);
      },
      async query(query, ...rest) {
        await pass(query.name === point.query);
        return store.query(query, ...rest);
      },
    };
    const lost = Promise.withResolvers<unknown>();
    const telling = pino(
      {},
      { write: (line: string) => JSON.parse(line).err?.type === 'PartitionLost' && lost.resolve(line) },
    );
    const run = (bus: LogBus, over: EventStore, maxRows: number, log = silent) =>
      runArchive({ ...config, maxRows }, { bus, decoder: plainDecoder(), store: over, log, metrics: new Registry() });

    const former = await run(buses[0]!, freezing, config.maxRows, telling);
    await frozen.promise;
    // It cuts blocks elsewhere: the tokens of the two differ.
    const next = await run(buses[1]!, store, 170);
    const total = messages * rowsEach;
    await until(async () => Number((await store.query(stored, {}))[0]!.distinct) === total);
    woken.resolve();
    await lost.promise;
    await former.close();
    await next.close();
    assert.deepEqual(await store.query(stored, {}), [{ rows: String(total), distinct: String(total) }]);
    for (const bus of buses) await bus.close();
    for (const folder of folders) rmSync(folder, { recursive: true });
    await store.close();
  });
}
