/**
 * The way in: one idempotent producer, acks=all, one send at a time. What is published while a send is under way goes together
 * into the next, which begins no sooner than some milliseconds after it: a send costs as much as many small messages do. So
 * batches grow with the load, and a single message does not wait.
 *
 * One at a time also because the client's sequence numbers do not survive a failure beside another send; see client-faults.ts.
 *
 * Not compressed by Kafka: submissions are zstd already. Of messages of 9 kB with their keys and headers gzip, the one codec
 * that the client has, saved 1.4 % and took 85 ms a megabyte.
 */

import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { BusUnavailable, type Message } from '../../ports/bus.ts';
import { sendBytes } from './config.ts';

/** Bytes of values that may wait; ingress holds no more than 128 MiB of bodies in all. */
const waitingBytes = 128 << 20;
/** Milliseconds from the beginning of a send to that of the next, where what waits is less than `enoughBytes`. */
const gatherMillis = 40;
const enoughBytes = 256 << 10;

interface Waiting {
  readonly topic: string;
  readonly messages: readonly Message[];
  readonly bytes: number;
  resolve(): void;
  reject(error: Error): void;
}

export class Publisher {
  readonly #kafka: Kafka;
  readonly #partitionOf: (key: string) => number;
  #producer: Promise<Producer> | undefined;
  #queue: Waiting[] = [];
  #bytes = 0;
  #sending: Promise<void> | undefined;
  /** When the last send began. */
  #begun = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** `partitions`: how many of a topic's partitions keys are spread over, whatever number it has by now. */
  constructor(kafka: Kafka, partitions: number) {
    this.#kafka = kafka;
    this.#partitionOf = byKey(partitions);
  }

  /** Resolves when all in-sync copies have every message. Rejects with `BusUnavailable`: each may be there or not. */
  publish(topic: string, messages: readonly Message[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The bus is closed'));
    const bytes = messages.reduce((sum, { value }) => sum + value.length, 0);
    if (this.#bytes > 0 && this.#bytes + bytes > waitingBytes) {
      return Promise.reject(new BusUnavailable(`${this.#bytes} bytes wait for Kafka already, ${waitingBytes} may`));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ topic, messages, bytes, resolve, reject });
      this.#bytes += bytes;
      this.#sending ??= this.#sendAll().finally(() => {
        this.#sending = undefined;
      });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#sending;
    await this.#discardProducer();
  }

  async #sendAll(): Promise<void> {
    // Those who publish in the same turn go together from the first send on.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#gathered();
      const together = this.#take();
      try {
        await this.#send(together);
        for (const { resolve } of together) resolve();
      } catch (cause) {
        await this.#discardProducer();
        const error = new BusUnavailable(
          `Kafka did not take messages (see whether its brokers run, and have room on their disks): ${(cause as Error).message}`,
          { cause },
        );
        // The others would find the same, one send after the other: whoever waits for them is told now.
        for (const { reject } of [...together, ...this.#take(Number.POSITIVE_INFINITY)]) reject(error);
      }
    }
  }

  /** Resolves when it is time for the next send. */
  async #gathered(): Promise<void> {
    const wait = this.#begun + gatherMillis - performance.now();
    if (wait > 1 && this.#bytes < enoughBytes) await delay(wait);
    this.#begun = performance.now();
  }

  /** The next messages of at most `limit` bytes, or one that is larger. */
  #take(limit = sendBytes): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (; count < this.#queue.length; count++) {
      bytes += this.#queue[count]!.bytes;
      if (count > 0 && bytes > limit) break;
    }
    const taken = this.#queue.splice(0, count);
    for (const waiting of taken) this.#bytes -= waiting.bytes;
    return taken;
  }

  async #send(together: readonly Waiting[]): Promise<void> {
    this.#producer ??= this.#connect();
    const producer = await this.#producer;
    let left = together.flatMap(({ topic, messages }) =>
      messages.map(({ key, headers, value }) => {
        return { topic, key, headers: { ...headers }, value: buffer(value), partition: this.#partitionOf(key) };
      }),
    );
    // The client passes over what its list of answers does not name; see client-faults.ts.
    while (left.length > 0) {
      const answers = await producer.sendBatch({
        acks: -1,
        timeout: 10_000,
        compression: kafkajs.CompressionTypes.None,
        topicMessages: [...Map.groupBy(left, ({ topic }) => topic)].map(([topic, messages]) => ({ topic, messages })),
      });
      const taken = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
      const missed = left.filter(({ topic, partition }) => !taken.has(`${topic}/${partition}`));
      if (missed.length === left.length) throw new Error('no broker answered for the partitions of the messages');
      left = missed;
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // About 5 seconds: an agent keeps its batch and comes again, and the next publisher tries anew.
      retry: { retries: 6, initialRetryTime: 100, maxRetryTime: 2_000 },
    });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return producer;
  }

  /** Its sequence numbers are not to be trusted after a failure. */
  async #discardProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then(connected => connected.disconnect()).catch(() => undefined);
  }
}

const buffer = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength);

/** As Kafka's own clients spread keys. */
function byKey(partitions: number): (key: string) => number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => {
    return { partitionId, partitionErrorCode: 0, leader: 0, replicas: [], isr: [] };
  });
  const partition = Partitioners.DefaultPartitioner();
  return key => partition({ topic: '', partitionMetadata, message: { key, value: null } });
}
