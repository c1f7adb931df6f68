import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import pino from 'pino';
import { startKafka, type TestKafka } from '../../engines/kafka.fixture.ts';
import { busContract } from '../../ports/bus.contract.ts';
import { KafkaBus } from './kafka-bus.ts';

let broker: TestKafka;
before(async () => {
  broker = await startKafka();
});
after(() => broker.close());

busContract('Kafka', async ({ partitions }) => {
  const prefix = `${randomUUID()}.`;
  return {
    open: () =>
      KafkaBus.open(
        {
          brokers: [new URL(broker.url).host],
          prefix,
          partitions,
          replication: 1,
          sessionMillis: 6_000,
        },
        pino({ level: process.env['KAFKA_LOG'] ?? 'silent' }),
      ),
    dispose: async () => undefined,
  };
});
