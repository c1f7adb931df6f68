import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import pino from 'pino';
import { parse } from 'yaml';
import { startKafkaCluster, type TestKafka } from '../../engines/kafka.fixture.ts';
import { numbered } from '../../ports/bus.contract.ts';
import { BusUnavailable } from '../../ports/bus.ts';
import { KafkaBus } from './kafka-bus.ts';

/** What compose.kafka-3.yaml tells each broker besides its place: `KAFKA_MIN_INSYNC_REPLICAS` is min.insync.replicas. */
function settings(): Record<string, string> {
  const file = new URL('../../../compose.kafka-3.yaml', import.meta.url);
  const environment: Record<string, unknown> = parse(readFileSync(file, 'utf8'), { logLevel: 'error' })[
    'x-environment'
  ];
  const named = Object.entries(environment).map(([name, value]): [string, string] => [
    name
      .replace(/^KAFKA_/, '')
      .toLowerCase()
      .replaceAll('_', '.'),
    String(value),
  ]);
  return Object.fromEntries(named);
}

let brokers: readonly TestKafka[] = [];
before(async () => {
  brokers = await startKafkaCluster(3, settings());
});
// Not in order: the last ones would wait for a controller that most of them elect.
after(async () => {
  await Promise.all(brokers.map(broker => broker.kill()));
  await Promise.all(brokers.map(broker => broker.close()));
});

test('a topic of three copies that acknowledges what one broker alone has is refused', async () => {
  const config = { brokers: [`127.0.0.1:${brokers[0]!.port}`], prefix: 'weak.', partitions: 1, replication: 3 };
  const admin = new Kafka({ brokers: config.brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      {
        ...{ topic: 'weak.events', numPartitions: 1, replicationFactor: 3 },
        configEntries: [
          { name: 'max.message.bytes', value: '8000000' },
          { name: 'min.insync.replicas', value: '1' },
        ],
      },
    ],
  });
  await admin.disconnect();
  await assert.rejects(
    KafkaBus.open(config, pino({ level: 'silent' })),
    /^Error: The topic weak\.events has min\.insync\.replicas=1, .* set it to 2$/,
  );
});

test('of three brokers one is killed under load and stays away: what was acknowledged is delivered in order, and so is what follows', async t => {
  const bus = await KafkaBus.open(
    {
      brokers: brokers.map(({ port }) => `127.0.0.1:${port}`),
      ...{ prefix: 'three.', partitions: 6, replication: 3, sessionMillis: 6_000 },
    },
    pino({ level: 'silent' }),
  );
  t.after(() => bus.close());
  const keys = Array.from({ length: 12 }, (_, i) => `key ${i}`);
  const seen = new Map<string, number[]>(keys.map(key => [key, []]));
  const rounds = 30;
  const all = Promise.withResolvers<void>();
  await bus.subscribe({
    topic: 'events',
    group: 'g',
    maxBytes: 1 << 20,
    handle: async deliveries => {
      for (const { key, headers } of deliveries) {
        const numbers = seen.get(key)!;
        const number = Number(headers['n']);
        // As the stores do: what comes again is known by its number.
        if (number > (numbers.at(-1) ?? -1)) numbers.push(number);
      }
      if ([...seen.values()].every(numbers => numbers.at(-1) === rounds - 1)) all.resolve();
    },
  });
  let killed: Promise<void> | undefined;
  for (let round = 0; round < rounds; round++) {
    // In the midst of a round, of which some is on its way to it: each broker leads two of the partitions.
    const sent = keys.map(key => publishAsAgent(bus, key, round));
    if (round === 10) killed = brokers[0]!.kill();
    await Promise.all(sent);
  }
  await killed;
  await all.promise;
  const expected = Array.from({ length: rounds }, (_, i) => i);
  assert.deepEqual(
    [...seen],
    keys.map(key => [key, expected]),
  );
});

/** It keeps what was not taken, and comes again. */
async function publishAsAgent(bus: KafkaBus, key: string, round: number): Promise<void> {
  for (;;) {
    try {
      return await bus.publish('events', [{ ...numbered(round), key }]);
    } catch (error) {
      assert.ok(error instanceof BusUnavailable, String(error));
    }
  }
}
