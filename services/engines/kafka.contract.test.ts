import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaJars } from '../../deploy/setup/kafka.mjs';
import { startKafka, type TestKafka } from './kafka.fixture.ts';
import { prepareKafka } from './kafka.ts';
import { servingBrokers } from './kafka-answers.ts';
import { identify } from './process-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-kafka-'));
let broker: TestKafka;
before(async () => {
  broker = await startKafka({ folder });
});
after(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

async function topics(): Promise<string[]> {
  const admin = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return (await admin.listTopics()).sort();
  } finally {
    await admin.disconnect();
  }
}

async function createTopic(topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
  } finally {
    await admin.disconnect();
  }
}

test('a broker over an empty folder serves once it is said to be ready', async () => {
  assert.equal(await servingBrokers(broker.port, 10_000), 1);
  await createTopic('kept');
  assert.deepEqual(await topics(), ['kept']);
});

test('a broker that is killed serves again at the same address, with what it held', async () => {
  const { pid } = broker;
  await broker.crash();
  assert.equal(identify(pid), undefined);
  assert.notEqual(broker.pid, pid);
  assert.deepEqual(await topics(), ['kept']);
});

test('a broker that was stopped is gone, and its data is there for the next one, at other ports too', async () => {
  const { pid, port } = broker;
  await broker.stop();
  assert.equal(identify(pid), undefined);
  assert.equal(await servingBrokers(port, 10_000), undefined);
  broker = await startKafka({ folder });
  assert.deepEqual(await topics(), ['kept']);
});

test('a disk of its own is formatted at the first start, also at a second attempt; when it is missing later no other broker takes its place', async t => {
  const data = mkdtempSync(join(tmpdir(), 'picket-kafka-'));
  t.after(() => rmSync(data, { recursive: true }));
  const config = { dataFolder: data, jars: kafkaJars(), port: 1, controllerPort: 2 };
  const [disk, formatted] = [join(data, 'kafka'), join(data, 'kafka/meta.properties')];
  mkdirSync(disk);
  // As a kill before the last file leaves it.
  writeFileSync(join(disk, 'bootstrap.checkpoint'), 'half');
  await prepareKafka(config);
  assert.ok(existsSync(formatted));
  rmSync(disk, { recursive: true });
  mkdirSync(disk);
  await assert.rejects(prepareKafka(config), /mount its disk/);
  assert.ok(!existsSync(formatted));
});
