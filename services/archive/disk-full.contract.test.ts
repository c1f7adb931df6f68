import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { Registry } from 'prom-client';
import { mountSmallDisk } from '../../agent/spool/small-disk.fixture.ts';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { eventMigrations, migrateClickHouse } from '../adapters/migrations.ts';
import { startClickHouse } from '../engines/clickhouse.fixture.ts';
import { eventCount } from '../queries/events/count.ts';
import { runArchive } from './run.ts';
import { messageOf, opens } from './sample.fixture.ts';

test('a full disk makes the archive wait and say so once; when there is room again everything is stored once', async t => {
  const disk = mountSmallDisk(64 << 10);
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  const busFolder = mkdtempSync(join(tmpdir(), 'picket-archive-'));
  const said: string[] = [];
  const log = pino({ level: 'error' }, { write: line => void said.push(JSON.parse(line).reason) });
  const clickhouse = await startClickHouse(disk.folder);
  const server = { ...clickhouse, database: 'picket' };
  await migrateClickHouse(server, eventMigrations(), log);
  const store = openEventStore(server);
  const bus = await LogBus.open({ folder: busFolder, groups: { events: ['archive'] }, reserveBytes: 0 }, log);
  const config = { maxRows: 10_000, waitMs: 10, maxWaitMs: 10, retentionDays: 30, closePatienceMs: 50 };
  const archive = await runArchive(config, { bus, decoder: plainDecoder(), store, log, metrics: new Registry() });
  const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
    const end = performance.now() + 30_000;
    while (!(await condition())) {
      assert.ok(performance.now() < end, 'it did not come true in 30 s');
      await delay(20);
    }
  };
  try {
    disk.leave(0);
    const now = Date.now() * 1000;
    for (let i = 0; i < 10; i++) await bus.publish('events', [messageOf(opens(100 * i, 100, now), now)]);
    await until(() => said.includes('disk-full'));
    disk.clear();
    await until(async () => (await bus.stats()).lag['events/archive'] === 0);
    const { query, parameters } = eventCount({});
    assert.deepEqual(await store.query(query, parameters), [{ count: 1000 }]);
    assert.deepEqual(said, ['disk-full']);
  } finally {
    await archive.close();
    await bus.close();
    await store.close();
    await clickhouse.close();
    disk.unmount();
    rmSync(busFolder, { recursive: true });
  }
});
