import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { Kafka, logLevel } from 'kafkajs';
import pino from 'pino';
import { startKafka, type TestKafka } from '../../engines/kafka.fixture.ts';
import { cutPower } from '../../engines/power-cut.fixture.ts';
import { busContract, handOverContract, number, numbered } from '../../ports/bus.contract.ts';
import { type Bus, BusUnavailable } from '../../ports/bus.ts';
import { KafkaBus } from './kafka-bus.ts';
import { patienceMillis } from './publisher.ts';

let broker: TestKafka;
before(async () => {
  broker = await startKafka();
});
after(() => broker.close());

async function place({ partitions }: { readonly partitions: number }) {
  const prefix = `${randomUUID()}.`;
  const brokers = [new URL(broker.url).host];
  const config = { brokers, prefix, partitions, replication: 1, sessionMillis: 6_000 };
  return {
    config,
    open: () => KafkaBus.open(config, pino({ level: 'silent' })),
    dispose: async () => undefined,
  };
}

/** Before the bus does. */
async function makeTopic({ brokers, prefix }: { brokers: string[]; prefix: string }, settings: Record<string, string>) {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic: `${prefix}events`, numPartitions: 1, configEntries }],
  });
  await admin.disconnect();
}

busContract('Kafka', place);
handOverContract('Kafka', place);

test('a topic with fewer partitions than asked is refused with what to do, one with more is used as far as asked', async () => {
  const { config, open } = await place({ partitions: 2 });
  await (await open()).close();
  const silent = pino({ level: 'silent' });
  await assert.rejects(KafkaBus.open({ ...config, partitions: 3 }, silent), /Set PICKET_KAFKA_PARTITIONS=2/);
  await (await KafkaBus.open({ ...config, partitions: 1 }, silent)).close();
});

/** What the topic itself says, by its settings' names. */
async function settingsOf({ brokers, prefix }: { brokers: string[]; prefix: string }): Promise<Map<string, string>> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topic = { type: kafkajs.ConfigResourceTypes.TOPIC, name: `${prefix}events` };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [topic] });
  await admin.disconnect();
  return new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

test('events are kept as long as asked: a topic that is there is changed in nothing else, and left alone where nobody asks', async () => {
  const { config } = await place({ partitions: 1 });
  const keptAfter = async (retentionHours?: number) => {
    const silent = pino({ level: 'silent' });
    await (await KafkaBus.open({ ...config, ...(retentionHours && { retentionHours }) }, silent)).close();
    const settings = await settingsOf(config);
    return ['retention.ms', 'max.message.bytes', 'flush.messages'].map(name => settings.get(name));
  };
  await makeTopic(config, { 'max.message.bytes': '8000000', 'retention.ms': '172800000', 'flush.messages': '1' });
  assert.deepEqual(await keptAfter(), ['172800000', '8000000', '1']);
  assert.deepEqual(await keptAfter(72), ['259200000', '8000000', '1']);
  assert.deepEqual(await keptAfter(2), ['7200000', '8000000', '1']);
  const { config: another } = await place({ partitions: 1 });
  await (await KafkaBus.open({ ...another, retentionHours: 72 }, pino({ level: 'silent' }))).close();
  assert.equal((await settingsOf(another)).get('retention.ms'), '259200000');
});

const readyMade: readonly (readonly [settings: Readonly<Record<string, string>>, says: RegExp])[] = [
  [{ 'retention.ms': '3600000' }, /^The topic \S+events has retention\.ms=3600000, .* set it to 604800000/],
  [
    { 'min.insync.replicas': '2' },
    /^The topic \S+events has min\.insync\.replicas=2 and 1 copies, so that it takes nothing/,
  ],
  [{ 'cleanup.policy': 'compact' }, /^The topic \S+events has cleanup\.policy=compact/],
  [{ 'retention.ms': '172800000' }, /^a topic has retention\.ms=172800000: events are lost .* within 48\.0 hours$/],
  [{ 'retention.bytes': '1000000' }, /^a topic has retention\.bytes=1000000: events are lost/],
  [{ 'retention.ms': '-1' }, /^taken$/],
];
for (const [settings, says] of readyMade) {
  test(`a topic that somebody made with ${JSON.stringify(settings)}: ${says}`, async () => {
    const { config } = await place({ partitions: 1 });
    const right = { 'max.message.bytes': '8000000', 'retention.ms': '604800000' };
    await makeTopic(config, { ...right, ...settings });
    const warned: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => warned.push(JSON.parse(line).msg) });
    const said = await KafkaBus.open(config, log).then(
      bus => bus.close().then(() => warned.join() || 'taken'),
      (error: Error) => error.message,
    );
    assert.match(said, says);
  });
}

/** A consumer of all events: the numbers that it has seen, and `all` resolves when the last one is among them. */
async function readingUntil(bus: Bus, last: number) {
  const seen: number[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  await bus.subscribe({
    topic: 'events',
    group: 'g',
    maxBytes: 1_000,
    handle: async deliveries => {
      seen.push(...deliveries.map(number));
      if (seen.includes(last)) resolve();
    },
  });
  return { seen, all };
}

test('what was acknowledged before a broker is killed comes after it, to a consumer that was there before, in order', async () => {
  const { open } = await place({ partitions: 1 });
  const bus = await open();
  const { seen, all } = await readingUntil(bus, 39);
  const publish = async (from: number) => {
    for (let i = from; i < from + 20; i++) await bus.publish('events', [numbered(i)]);
  };
  await publish(0);
  await broker.crash();
  for (let tried = 0; ; tried++) {
    try {
      await bus.publish('events', [numbered(20)]);
      break;
    } catch (error) {
      // As an agent does: it keeps what was not taken.
      assert.ok(tried < 20, String(error));
    }
  }
  for (let i = 21; i < 40; i++) await bus.publish('events', [numbered(i)]);
  await all;
  // Nothing was committed: it may all come again, and none may be skipped.
  assert.deepEqual(
    [...new Set(seen)],
    Array.from({ length: 40 }, (_, i) => i),
  );
  await bus.close();
});

test('a broker comes back without what it had acknowledged, and is given more than that before it is read: a consumer begins anew', async t => {
  const { config, open } = await place({ partitions: 1 });
  const bus = await open();
  t.after(() => bus.close());
  const seen: number[] = [];
  let begun = 0;
  const read = Promise.withResolvers<void>();
  const refilled = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  await bus.subscribe({
    topic: 'events',
    group: 'g',
    maxBytes: 1,
    from: async () => {
      begun++;
      return 0;
    },
    handle: async deliveries => {
      seen.push(...deliveries.map(number));
      if (seen.includes(119)) all.resolve();
      if (!seen.includes(9)) return;
      read.resolve();
      await refilled.promise;
    },
  });
  for (let i = 0; i < 10; i++) await bus.publish('events', [numbered(i)]);
  await read.promise;
  await cutPower(broker, `${config.prefix}events`, 4);
  const other = await open();
  for (let i = 100; i < 120; i++) await other.publish('events', [numbered(i)]);
  await other.close();
  refilled.resolve();
  await all.promise;
  assert.equal(begun, 2);
  assert.deepEqual(
    [...new Set(seen)],
    [...Array.from({ length: 10 }, (_, i) => i), ...Array.from({ length: 20 }, (_, i) => 100 + i)],
  );
});

/** Each of its threads: one that is at work stops when it is next scheduled. */
const standsStill = (pid: number): boolean =>
  readdirSync(`/proc/${pid}/task`).every(thread =>
    / T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')),
  );

test('a broker that stands still is said to be away in time, and takes messages when it goes on', async t => {
  const { open } = await place({ partitions: 1 });
  const bus = await open();
  t.after(() => bus.close());
  await bus.publish('events', [numbered(0)]);
  process.kill(broker.pid, 'SIGSTOP');
  t.after(() => process.kill(broker.pid, 'SIGCONT'));
  const until = performance.now() + 5_000;
  while (!standsStill(broker.pid)) {
    assert.ok(performance.now() < until, 'the broker runs on');
    await delay(10);
  }
  const begun = performance.now();
  await assert.rejects(bus.publish('events', [numbered(1)]), BusUnavailable);
  const refused = performance.now() - begun;
  assert.ok(refused < patienceMillis + 2_000, `${refused} ms`);
  process.kill(broker.pid, 'SIGCONT');
  await bus.publish('events', [numbered(2)]);
  const { seen, all } = await readingUntil(bus, 2);
  await all;
  // The second may be there or not.
  assert.deepEqual(
    seen.filter(n => n !== 1),
    [0, 2],
  );
});

test('a consumer that fails again while it is made anew is tried until the group takes it', async t => {
  const { config } = await place({ partitions: 1 });
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  const said = (words: string) => lines.filter(line => line.includes(words)).length;
  const bus = await KafkaBus.open(config, log);
  t.after(() => bus.close());
  await bus.publish('events', [numbered(0)]);
  // It shares out partitions by another protocol: the group refuses whoever knows only ours, for good.
  const stranger = new Kafka({ brokers: config.brokers, logLevel: logLevel.NOTHING }).consumer({
    groupId: `${config.prefix}g`,
    sessionTimeout: config.sessionMillis,
  });
  t.after(() => stranger.disconnect());
  const joined = new Promise(resolve => stranger.on('consumer.group_join', resolve));
  await stranger.connect();
  await stranger.subscribe({ topic: `${config.prefix}events` });
  await stranger.run({ eachMessage: async () => undefined });
  await joined;
  const delivered = Promise.withResolvers<number>();
  let signs = 0;
  await bus.subscribe({
    topic: 'events',
    group: 'g',
    maxBytes: 1_000,
    handle: async deliveries => delivered.resolve(number(deliveries[0]!)),
    alive: () => signs++,
  });
  const end = performance.now() + 60_000;
  while (said('Kafka can not be consumed from') < 2) {
    assert.ok(performance.now() < end, `it was not tried twice in a minute: ${lines}`);
    await delay(20);
  }
  assert.ok(signs >= 2, 'whoever tries is alive');
  await stranger.disconnect();
  assert.equal(await delivered.promise, 0);
  assert.equal(said('gave no sign'), 0);
});
