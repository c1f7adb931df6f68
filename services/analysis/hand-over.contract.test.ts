import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { pino } from 'pino';
import { startPostgres, type TestPostgres } from '../adapters/control-store/postgres.fixture.ts';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { startKafka, type TestKafka } from '../engines/kafka.fixture.ts';
import { endpoints, held, kafkaConfig, lastSequence, message, spawnAnalysis, withEndpoints } from './story.fixture.ts';

const log = pino({ level: 'silent' });
const fleet = endpoints(8);
const batches = 50;

let postgres: TestPostgres;
let kafka: TestKafka;
let expected: Promise<unknown>;
before(async () => {
  [postgres, kafka] = await Promise.all([startPostgres(), startKafka()]);
  expected = undisturbed();
});
after(() => Promise.all([postgres?.close(), kafka?.close()]));

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `it did not come true in a minute: ${condition}`);
    await delay(20);
  }
}

/** What one analysis makes of it on the log bus. */
async function undisturbed(): Promise<unknown> {
  const url = await postgres.database();
  const folder = await mkdtemp(join(tmpdir(), 'picket-hand-over-'));
  const bus = await LogBus.open({ folder, groups: { events: ['analysis'] }, reserveBytes: 0 }, log);
  for (let i = 0; i < batches; i++)
    await bus.publish(
      'events',
      fleet.map(endpoint => message(endpoint, i)),
    );
  await bus.close();
  const client = await withEndpoints(url, fleet);
  const changes = on(client, 'notification');
  const child = spawnAnalysis(folder, url);
  const done = 'SELECT FROM alerts GROUP BY endpoint_id HAVING max(last_sequence) = $1';
  while ((await client.query(done, [lastSequence(batches)])).rowCount !== fleet.length) await changes.next();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  const result = await held(client);
  await client.end();
  await rm(folder, { recursive: true });
  return result;
}

/** How often partitions were claimed. */
async function claims(client: pg.Client): Promise<number> {
  return (await client.query('SELECT coalesce(sum(epoch), 0)::integer AS claims FROM analysis_positions')).rows[0]
    .claims;
}

/** Messages that checkpoints hold. */
async function analysed(client: pg.Client): Promise<number> {
  const sql = 'SELECT coalesce(sum("offset" + 1), 0)::integer AS messages FROM analysis_positions';
  return (await client.query(sql)).rows[0].messages;
}

/** Analyses that wait for a lock. */
async function waiting(client: pg.Client): Promise<number> {
  const sql = `SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'picket-analysis' AND wait_event_type = 'Lock'`;
  return (await client.query(sql)).rowCount ?? 0;
}

/** Two analyses that share the partitions of a bus, and a way to go on. */
async function two(name: string) {
  const url = await postgres.database();
  const client = await withEndpoints(url, fleet);
  const place = `${kafka.url}/${name}.`;
  const bus = await KafkaBus.open(kafkaConfig(place), log);
  const children: ChildProcess[] = [];
  const begin = () => {
    const child = spawnAnalysis(place, url);
    children.push(child);
    return child;
  };
  let published = 0;
  const publish = async (rounds: number) => {
    for (let i = 0; i < rounds; i++, published++) {
      await bus.publish(
        'events',
        fleet.map(endpoint => message(endpoint, published)),
      );
    }
  };
  /** Waits until partitions were claimed so many times more than when this was called. */
  const claimed = async (more: number) => {
    const before = await claims(client);
    return () => until(async () => (await claims(client)) >= before + more);
  };
  const taken = await claimed(4);
  const first = begin();
  await publish(10);
  await taken();
  const shared = await claimed(2);
  const second = begin();
  await publish(5);
  await shared();
  return {
    client,
    first,
    second,
    publish,
    claimed,
    /** Publishes the rest; what the store holds when all of it was analysed and those still there have ended in order. */
    async end(left: readonly ChildProcess[]): Promise<unknown> {
      await publish(batches - published);
      await until(async () => (await analysed(client)) === batches * fleet.length);
      for (const child of left) child.kill('SIGTERM');
      for (const child of left) if (child.exitCode === null) assert.deepEqual(await once(child, 'exit'), [0, null]);
      return held(client);
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL');
      await bus.close();
      await client.end();
    },
  };
}

test('a second analysis joins under load, the first is killed: they find what an undisturbed one finds', async () => {
  await using at = await two('killed');
  const inherited = await at.claimed(2);
  await at.publish(10);
  at.first.kill('SIGKILL');
  await at.publish(10);
  await inherited();
  assert.deepEqual(await at.end([at.second]), await expected);
});

test('an analysis that is frozen in the middle of its work for longer than its session changes nothing when it wakes', async () => {
  await using at = await two('frozen');
  const takenBack = await at.claimed(2);
  // In a transaction: it holds its locks, and what it was about to write it writes when it wakes.
  await at.client.query('BEGIN; LOCK TABLE alerts IN EXCLUSIVE MODE');
  await at.publish(8);
  await until(async () => (await waiting(at.client)) === 2);
  at.second.kill('SIGSTOP');
  await at.client.query('COMMIT');
  await at.publish(8);
  await takenBack();
  const sharedAgain = await at.claimed(2);
  at.second.kill('SIGCONT');
  await at.publish(5);
  await sharedAgain();
  assert.deepEqual(await at.end([at.first, at.second]), await expected);
});
