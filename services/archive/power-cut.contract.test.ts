import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { eventMigrations, migrateClickHouse } from '../adapters/migrations.ts';
import { startClickHouse, type TestClickHouse } from '../engines/clickhouse.fixture.ts';
import { startKafka, type TestKafka } from '../engines/kafka.fixture.ts';
import { cutPower } from '../engines/power-cut.fixture.ts';
import { type EventStore, EventStoreUnavailable, type Query } from '../ports/event-store.ts';
import { runArchive } from './run.ts';
import { messageOf, opens } from './sample.fixture.ts';

const log = pino({ level: 'silent' });
const config = { maxRows: 300, waitMs: 20, maxWaitMs: 20, retentionDays: 20, closePatienceMs: 1_000 };
const now = Date.now() * 1000;

let clickhouse: TestClickHouse;
let broker: TestKafka;
before(async () => {
  [clickhouse, broker] = await Promise.all([startClickHouse(), startKafka()]);
});
after(() => Promise.all([clickhouse?.close(), broker?.close()]));

const held = z.object({ rows: z.string().transform(Number), sequences: z.array(z.string().transform(Number)) });
const stored: Query<z.ZodObject, typeof held> = {
  name: 'stored',
  sql: 'SELECT count() AS rows, groupUniqArray(intDiv(sequence, 10)) AS sequences FROM events',
  parameters: z.object({}),
  row: held,
};

/** Tens of sequence numbers that the store holds, each of them once. */
async function tens(store: EventStore): Promise<number[]> {
  const [{ rows, sequences }] = (await store.query(stored, {})) as [z.output<typeof held>];
  assert.equal(rows, 10 * sequences.length, 'an event is stored twice');
  return sequences.sort((a, b) => a - b);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `it did not come true in 30 s: ${condition}`);
    await delay(20);
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

for (const when of ['before', 'after'] as const) {
  test(`Kafka loses what an archive, killed ${when} its insert, had planned, and gives the offsets again: what it holds then is stored once`, async t => {
    const server = { ...clickhouse, database: `power_cut_${when}` };
    await migrateClickHouse(server, eventMigrations(), log);
    const store = openEventStore(server);
    const kafka = {
      ...{ brokers: [new URL(broker.url).host], prefix: `${when}.`, partitions: 1, replication: 1 },
      ...{ groups: { events: ['archive'] }, sessionMillis: 6_000 },
    };
    const open = () => KafkaBus.open(kafka, log);
    const message = (ten: number) => messageOf(opens(10 * ten, 10, now), now);
    /** Each is a batch of Kafka's own. */
    const publish = async (bus: KafkaBus, numbers: readonly number[]) => {
      for (const ten of numbers) await bus.publish('events', [message(ten)]);
    };
    const archive = (bus: KafkaBus, over = store) =>
      runArchive(config, { bus, decoder: plainDecoder(), store: over, log, metrics: new Registry() });

    let dies = false;
    const died = Promise.withResolvers<void>();
    const insert: EventStore['insert'] = async (...block) => {
      if (block[0] !== 'events' || !dies) return store.insert(...block);
      if (when === 'after') await store.insert(...block);
      died.resolve();
      throw new EventStoreUnavailable('down', 'killed');
    };
    const first = await open();
    const killed = await archive(first, { ...store, insert });
    await publish(first, range(0, 6));
    await until(async () => (await tens(store)).length === 6);
    dies = true;
    await first.publish('events', range(6, 10).map(message));
    await died.promise;
    await killed.close();
    await first.close();

    await cutPower(broker, `${when}.events`, 4);
    const second = await open();
    t.after(() => second.close().then(() => store.close()));
    // Of the last message the agent had not heard that it was taken.
    await publish(second, range(9, 18));
    const last = await archive(second);
    t.after(() => last.close());
    await until(async () => (await tens(store)).includes(17));
    assert.deepEqual(await tens(store), [...range(0, 6), ...range(when === 'after' ? 6 : 9, 18)]);
  });
}
