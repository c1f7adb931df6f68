import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { Registry } from 'prom-client';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { eventMigrations, migrateClickHouse } from '../adapters/migrations.ts';
import { startClickHouse } from '../engines/clickhouse.fixture.ts';
import { eventCount } from '../queries/events/count.ts';
import { runArchive } from './run.ts';
import { messageOf, opens } from './sample.fixture.ts';

/** A file system of 64 MiB; `undefined` where this user may not mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'picket-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return undefined;
  }
}

test('a full disk makes the archive wait and say so once; when there is room again everything is stored once', async t => {
  const disk = smallDisk();
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  const busFolder = mkdtempSync(join(tmpdir(), 'picket-archive-'));
  const said: string[] = [];
  const log = pino({ level: 'error' }, { write: line => void said.push(JSON.parse(line).reason) });
  const clickhouse = await startClickHouse(disk);
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
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize));
    const now = Date.now() * 1000;
    for (let i = 0; i < 10; i++) await bus.publish('events', [messageOf(opens(100 * i, 100, now), now)]);
    await until(() => said.includes('disk-full'));
    rmSync(join(disk, 'ballast'));
    await until(async () => (await bus.stats()).lag['events/archive'] === 0);
    const { query, parameters } = eventCount({});
    assert.deepEqual(await store.query(query, parameters), [{ count: 1000 }]);
    assert.deepEqual(said, ['disk-full']);
  } finally {
    await archive.close();
    await bus.close();
    await store.close();
    await clickhouse.close();
    execFileSync('umount', [disk]);
    rmdirSync(disk);
    rmSync(busFolder, { recursive: true });
  }
});
