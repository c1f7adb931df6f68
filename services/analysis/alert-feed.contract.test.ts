import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { startPostgres, type TestPostgres } from '../adapters/control-store/postgres.fixture.ts';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { defaultPolicy } from '../domain/baselines/policy.ts';
import type { EndpointId, StreamId } from '../domain/events/ids.ts';
import { startKafka, type TestKafka } from '../engines/kafka.fixture.ts';
import type { AlertChange } from '../ports/alert-outbox.ts';
import { finding } from '../ports/analysis-store.contract.ts';
import { collect } from '../ports/bus.contract.ts';
import type { Bus } from '../ports/bus.ts';
import { AlertFeed } from './alert-feed.ts';
import { analysisMetrics } from './metrics.ts';
import { Residents } from './residents.ts';
import { endpoints, kafkaConfig, withEndpoints } from './story.fixture.ts';

const silent = pino({ level: 'silent' });
const fleet = endpoints(3) as EndpointId[];

let postgres: TestPostgres;
let kafka: TestKafka;
before(async () => {
  [postgres, kafka] = await Promise.all([startPostgres(), startKafka()]);
});
after(() => Promise.all([postgres?.close(), kafka?.close()]));

/** A bus that can be away: its broker, or the log that is closed. */
interface BusUnderTest {
  readonly bus: Bus;
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  dispose(): Promise<void>;
}

async function onLog(): Promise<BusUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-feed-'));
  const open = () => LogBus.open({ folder, groups: { alerts: ['siem'] }, reserveBytes: 0 }, silent);
  let bus = await open();
  return {
    get bus() {
      return bus;
    },
    leave: () => bus.close(),
    async comeBack() {
      bus = await open();
    },
    async dispose() {
      await bus.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function onKafka(): Promise<BusUnderTest> {
  const bus = await KafkaBus.open(kafkaConfig(`${kafka.url}/feed.`), silent);
  return { bus, leave: () => kafka.stop(), comeBack: () => kafka.start(), dispose: () => bus.close() };
}

for (const [name, open] of [
  ['log', onLog],
  ['Kafka', onKafka],
] as const) {
  test(`${name}: changes of alerts are told in order by one instance at a time; what the bus does not take waits, bounded`, async () => {
    const url = await postgres.database();
    const client = await withEndpoints(url, fleet);
    const store = postgresAnalysisStore({ url });
    const place = await open();
    let sequence = 0;
    const found = (of = fleet) =>
      store.record(
        of.map(endpoint => finding({ endpoint, stream: 'aaaaaaaaaaaaaaaa' as StreamId, sequence: ++sequence })),
      );
    const feed = () => {
      const metrics = analysisMetrics(new Registry(), new Residents(defaultPolicy));
      const options = { store, bus: place.bus, log: silent, metrics, everyMillis: 3_600_000, bound: 4 };
      const values = async () => ({
        waiting: (await metrics.outbox.get()).values.map(({ value }) => value),
        changes: (await metrics.changes.get()).values.map(({ labels, value }) => [labels.outcome, value]),
      });
      return { feed: new AlertFeed(options), values };
    };

    const [one, two] = [feed(), feed()];
    await found();
    await Promise.all([one.feed.tell(), two.feed.tell()]);
    await found();
    await found();
    await Promise.all([one.feed.tell(), two.feed.tell()]);

    await place.leave();
    await found();
    await found();
    const away = feed();
    await away.feed.tell();
    assert.deepEqual(await away.values(), { waiting: [4], changes: [['dropped', 2]] });
    await place.comeBack();
    const back = feed();
    for (let tries = 0; (await store.outbox.length()) > 0; tries++) {
      assert.ok(tries < 20, 'the bus is back and takes nothing');
      await back.feed.tell();
    }
    assert.deepEqual(await back.values(), { waiting: [0], changes: [['published', 3]] });

    const expected = new Map(fleet.map(endpoint => [endpoint as string, ['created 1', 'counted 3', 'counted 5']]));
    const told = await collect(place.bus, { topic: 'alerts', group: 'siem', maxBytes: 1 << 20 }, 9);
    const ids = new Set<string>();
    const seen = new Map<string, string[]>();
    for (const { key, headers, value } of told) {
      const { id, change, alert } = JSON.parse(Buffer.from(value).toString()) as AlertChange;
      assert.deepEqual(headers, { 'content-type': 'application/json', id, change });
      assert.equal(alert.endpoint.id, key);
      ids.add(id);
      seen.set(key, [...(seen.get(key) ?? []), `${change} ${alert.count}`]);
    }
    assert.deepEqual(seen, expected);
    assert.equal(ids.size, 9);
    await place.dispose();
    await store.close();
    await client.end();
  });
}
