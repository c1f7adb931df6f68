import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { z } from 'zod';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { eventMigrations, migrateClickHouse } from '../adapters/migrations.ts';
import { startClickHouse } from '../engines/clickhouse.fixture.ts';
import { startKafka } from '../engines/kafka.fixture.ts';
import type { Query } from '../ports/event-store.ts';
import { messageOf, opens } from './sample.fixture.ts';

const log = pino({ level: 'silent' });
const now = Date.now() * 1000;
const partitions = 4;
const rowsEach = 20;
const fleet = Array.from({ length: 12 }, (_, i) => ({
  endpointId: `018f0000-0000-7000-8000-${String(i).padStart(12, '0')}`,
  stream: `f1020304050607${String(i).padStart(2, '0')}`,
}));

const counts = z.object({ rows: z.string(), distinct: z.string() });
const stored: Query<z.ZodObject, typeof counts> = {
  name: 'stored',
  sql: 'SELECT count() AS rows, uniqExact(endpoint_id, stream, sequence) AS distinct FROM events',
  parameters: z.object({}),
  row: counts,
};

/** Archives in processes of their own, and whose each partition is by the newest claim. */
class Archives {
  readonly #start: readonly string[];
  readonly #children: ChildProcess[] = [];
  readonly #owners = new Map<number, { epoch: number; child: ChildProcess }>();
  readonly #claimed = new EventEmitter();

  constructor(start: readonly string[]) {
    this.#start = start;
  }

  begin(): ChildProcess {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'run.kill.ts'), ...this.#start], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#children.push(child);
    child.on('message', token => {
      if (token === 'frozen') return;
      const [partition, epoch] = String(token).split('/').map(Number) as [number, number];
      if (epoch >= (this.#owners.get(partition)?.epoch ?? 0)) this.#owners.set(partition, { epoch, child });
      this.#claimed.emit('claimed');
    });
    return child;
  }

  /** Resolves when so many partitions are the child's, and all are somebody's. */
  async own(child: ChildProcess, count: number): Promise<void> {
    const its = () => [...this.#owners.values()].filter(owner => owner.child === child).length;
    while (this.#owners.size < partitions || its() !== count) {
      await once(this.#claimed, 'claimed', { signal: AbortSignal.timeout(90_000) });
    }
  }

  async end(): Promise<void> {
    const running = this.#children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    for (const child of running) child.kill('SIGTERM');
    for (const [code, signal] of await Promise.all(running.map(child => once(child, 'exit')))) {
      assert.deepEqual([code, signal], [0, null]);
    }
  }

  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

test('of two archives one is frozen for longer than its session, with a block in its hands, and wakes: each event is stored once', async () => {
  const [clickhouse, kafka] = await Promise.all([startClickHouse(), startKafka()]);
  const { url, user, password } = clickhouse;
  const server = { url, user, password, database: 'picket' };
  await migrateClickHouse(server, eventMigrations(), log);
  const store = openEventStore(server);
  const bus = await KafkaBus.open(
    { brokers: [new URL(kafka.url).host], prefix: 'archive.', partitions, replication: 1 },
    log,
  );
  const archives = new Archives([`${kafka.url}/archive.`, JSON.stringify(server)]);
  let published = 0;
  const publish = async () => {
    const from = published++ * rowsEach;
    await bus.publish(
      'events',
      fleet.map(({ endpointId, stream }) => messageOf({ ...opens(from, rowsEach, now, stream), endpointId }, now)),
    );
  };
  try {
    const first = archives.begin();
    await publish();
    await archives.own(first, 4);
    const second = archives.begin();
    await archives.own(second, 2);
    const frozen = new Promise<void>(resolve => {
      second.on('message', word => word === 'frozen' && resolve());
    });
    second.send('freeze');
    for (let i = 0; i < 10; i++) await publish();
    await frozen;
    await archives.own(first, 4);
    await publish();
    second.kill('SIGCONT');
    await publish();
    await archives.own(second, 2);
    await publish();
    const total = String(published * rowsEach * fleet.length);
    while ((await store.query(stored, {}))[0]!.distinct !== total) await delay(50);
    await archives.end();
    assert.deepEqual(await store.query(stored, {}), [{ rows: total, distinct: total }]);
  } finally {
    archives.kill();
    await bus.close();
    await store.close();
    await Promise.all([kafka.close(), clickhouse.close()]);
  }
});
