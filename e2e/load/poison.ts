/** Messages straight into the bus' topic, past ingress, that no ingress would have let through. */

import { randomBytes, randomUUID } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { EventBatch, type EventBatchFields, EventKind } from '@picket/proto';
import { Kafka, logLevel, type Message } from 'kafkajs';

export interface Poison extends AsyncDisposable {
  /** Puts some of each kind into every partition; gives how many of them are no batches at all. */
  spoil(endpoints: readonly string[]): Promise<{ readonly unreadable: number }>;
  /** Messages in the dead-letter topic that came since. */
  setAside(): Promise<number>;
}

export async function poison(broker: string): Promise<Poison> {
  const kafka = new Kafka({ clientId: 'poison', brokers: [broker], logLevel: logLevel.NOTHING });
  const [producer, admin] = [kafka.producer(), kafka.admin()];
  await Promise.all([producer.connect(), admin.connect()]);
  const deadLetters = async () =>
    (await admin.fetchTopicOffsets('dead-letter')).reduce((sum, { offset }) => sum + Number(offset), 0);
  const before = await deadLetters();
  return {
    async spoil(endpoints) {
      const partitions = (await admin.fetchTopicOffsets('events')).map(({ partition }) => partition);
      const messages = partitions.flatMap(partition => {
        const key = endpoints[partition % endpoints.length]!;
        return [...unreadable(key), ...strange(key)].map(message => ({ ...message, partition }));
      });
      await producer.send({ topic: 'events', acks: -1, messages });
      return { unreadable: partitions.length * unreadable('').length };
    },
    setAside: async () => (await deadLetters()) - before,
    async [Symbol.asyncDispose]() {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
  };
}

const packed = (bytes: Uint8Array) => zstdCompressSync(bytes);
const message = (key: string, value: Buffer, headers: Record<string, string> = { encoding: 'zstd' }): Message => ({
  key,
  value,
  headers,
});

function unreadable(key: string): Message[] {
  const torn = packed(EventBatch.encode(batch()).finish());
  return [
    message(key, randomBytes(500)),
    message(key, packed(randomBytes(500))),
    message(key, torn.subarray(0, torn.length - 5)),
    message(key, Buffer.alloc(0)),
    message(key, randomBytes(20), { encoding: 'rot13' }),
    message(key, packed(EventBatch.encode(batch({ endpointId: 'nobody' })).finish()), {}),
    message(key, packed(EventBatch.encode(batch({ process: [99] })).finish())),
  ];
}

/** Batches as they should be, of things that cannot be: of nobody's endpoint, with values at every limit. */
function strange(key: string): Message[] {
  const nobody = randomUUID();
  return [
    batch({ endpointId: nobody }),
    batch({ endpointId: nobody, count: [2 ** 32 - 1], times: [2 ** 52] }),
    batch({ endpointId: nobody, agentVersion: 'a\0b\ud800', losses: [{ name: '\0', count: 2 ** 53 - 1 }] }),
    batch({ endpointId: nobody, streamId: randomBytes(8), firstSequence: 2 ** 53 - 2 }),
    batch({ endpointId: nobody, streamId: randomBytes(8), kinds: [4_000_000_000], files: null }),
  ].map(fields => message(key, packed(EventBatch.encode(fields).finish()), { encoding: 'zstd', received: 'soon' }));
}

/** One event that a rule knows: a file of credentials, read by a program with a name of all bytes. */
function batch(changes: Partial<EventBatchFields> = {}): EventBatchFields {
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  return {
    endpointId: randomUUID(),
    bootId: randomBytes(16),
    streamId: randomBytes(8),
    firstSequence: 0,
    strings: [Buffer.alloc(0), Buffer.concat([Buffer.from('/bin/'), everyByte]), Buffer.from('/etc/shadow')],
    processes: { pid: [2 ** 32 - 1], startTicks: [2 ** 53 - 1], exe: [1], args: [1], uid: [2 ** 32 - 1] },
    kinds: [EventKind.FILE_OPEN],
    times: [Date.now() * 1000],
    process: [1],
    count: [1],
    files: { path: [2], what: [1], flags: [0], result: [0], inode: [2 ** 53 - 1] },
    ...changes,
  };
}
