import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { startPostgres, type TestPostgres } from '../adapters/control-store/postgres.fixture.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { startKafka, type TestKafka } from '../engines/kafka.fixture.ts';
import { cutPower } from '../engines/power-cut.fixture.ts';
import type { Bus } from '../ports/bus.ts';
import { runAnalysis } from './run.ts';
import { endpoints, held, lastSequence, message, withEndpoints } from './story.fixture.ts';

const log = pino({ level: 'silent' });
const [endpoint] = endpoints(1) as [string];

let postgres: TestPostgres;
let broker: TestKafka;
before(async () => {
  [postgres, broker] = await Promise.all([startPostgres(), startKafka()]);
});
after(() => Promise.all([postgres?.close(), broker?.close()]));

const publish = async (bus: Bus, from: number, to: number): Promise<void> => {
  for (let i = from; i < to; i++) await bus.publish('events', [message(endpoint, i)]);
};

/** Runs an analysis until it has found what the first `batches` batches hold. */
async function analyse(bus: Bus, url: string, client: pg.Client, batches: number): Promise<void> {
  const store = postgresAnalysisStore({ url });
  const service = await runAnalysis({}, { bus, decoder: plainDecoder(), store, log, metrics: new Registry() });
  const end = performance.now() + 60_000;
  const newest = async () => (await client.query('SELECT max(last_sequence)::integer AS is FROM alerts')).rows[0].is;
  while ((await newest()) !== lastSequence(batches)) {
    assert.ok(performance.now() < end, 'the newest finding did not come in a minute');
    await delay(20);
  }
  await service.close();
  await store.close();
}

async function undisturbed(): Promise<unknown> {
  const url = await postgres.database();
  const client = await withEndpoints(url, [endpoint]);
  const folder = await mkdtemp(join(tmpdir(), 'picket-power-cut-'));
  const bus = await LogBus.open({ folder, groups: { events: ['analysis'] }, reserveBytes: 0 }, log);
  await publish(bus, 0, 14);
  await analyse(bus, url, client, 14);
  const result = await held(client);
  await client.end();
  await bus.close();
  await rm(folder, { recursive: true });
  return result;
}

test('Kafka loses what was analysed, and gives the offsets again: what it holds then is analysed once', async () => {
  const url = await postgres.database();
  const client = await withEndpoints(url, [endpoint]);
  const config = {
    ...{ brokers: [new URL(broker.url).host], partitions: 1, replication: 1 },
    ...{ groups: { events: ['analysis'] }, sessionMillis: 6_000 },
  };
  const first = await KafkaBus.open(config, log);
  await publish(first, 0, 6);
  await analyse(first, url, client, 6);
  await first.close();
  await cutPower(broker, 'events', 2);
  const second = await KafkaBus.open(config, log);
  await publish(second, 6, 14);
  await analyse(second, url, client, 14);
  assert.deepEqual(await held(client), await undisturbed());
  await second.close();
  await client.end();
});
