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
import kafkajs, { Partitioners, type Producer } from 'kafkajs';
import type { Logger } from 'pino';
import { BusUnavailable, type Message } from '../../ports/bus.ts';
import { type KafkaBusConfig, kafkaClient, sendBytes } from './config.ts';
import { Way } from './way.ts';

/**
 * Milliseconds that a send has, with all that it needs: connecting, asking who leads, trying again. Then whoever published is told
 * that Kafka is away: an agent keeps its batch and comes again, and the next publisher tries anew.
 */
export const patienceMillis = 5_000;
/** How long a leader waits for its copies: its own reason comes before time is up. */
const copiesMillis = patienceMillis - 1_000;
/**
 * Pauses between tries: 4.5 s in all, so that a reason which comes at once (refused, too few copies, no room) is told and not only that
 * time was up. It is for both, the producer and the client below it: either has tries of its own, each within one of the other's.
 */
const retry = { retries: 7, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0 };
/** Of one broker; another may be up. */
const connectMillis = 2_000;
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

/** A producer that is there, or will be. */
interface Line {
  readonly producer: Producer;
  readonly connected: Promise<void>;
}

export class Publisher {
  readonly #config: KafkaBusConfig;
  readonly #log: Logger;
  readonly #partitionOf: (key: string) => number;
  #way: Way;
  #line: Line | undefined;
  #queue: Waiting[] = [];
  #bytes = 0;
  #sending: Promise<void> | undefined;
  /** When the last send began. */
  #begun = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(config: KafkaBusConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#way = new Way(config.brokers);
    this.#partitionOf = byKey(config.partitions);
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
    await this.#line?.producer.disconnect().catch(() => undefined);
    this.#cutLine();
  }

  async #sendAll(): Promise<void> {
    // Those who publish in the same turn go together from the first send on.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#gathered();
      const together = this.#take();
      try {
        await this.#sendInTime(together);
        for (const { resolve } of together) resolve();
      } catch (cause) {
        this.#cutLine();
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

  async #sendInTime(together: readonly Waiting[]): Promise<void> {
    const over = new AbortController();
    const late = delay(patienceMillis, undefined, { signal: over.signal }).then(() => {
      throw new Error(`not within ${patienceMillis / 1_000} s`);
    });
    try {
      this.#line ??= this.#connect();
      await Promise.race([this.#send(together, this.#line), late]);
    } finally {
      over.abort();
    }
  }

  async #send(together: readonly Waiting[], { producer, connected }: Line): Promise<void> {
    await connected;
    let left = together.flatMap(({ topic, messages }) =>
      messages.map(({ key, headers, value }) => {
        return { topic, key, headers: { ...headers }, value: buffer(value), partition: this.#partitionOf(key) };
      }),
    );
    // The client passes over what its list of answers does not name; see client-faults.ts.
    while (left.length > 0) {
      const answers = await producer.sendBatch({
        acks: -1,
        timeout: copiesMillis,
        compression: kafkajs.CompressionTypes.None,
        topicMessages: [...Map.groupBy(left, ({ topic }) => topic)].map(([topic, messages]) => ({ topic, messages })),
      });
      const taken = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
      const missed = left.filter(({ topic, partition }) => !taken.has(`${topic}/${partition}`));
      if (missed.length === left.length) throw new Error('no broker answered for the partitions of the messages');
      left = missed;
    }
  }

  #connect(): Line {
    const client = { way: this.#way, connectionTimeout: connectMillis, retry };
    const producer = kafkaClient(this.#config, this.#log, client).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    return { producer, connected: producer.connect() };
  }

  /** Its sequence numbers are not to be trusted after a failure, and what it may still be trying is nobody's any more. */
  #cutLine(): void {
    this.#line = undefined;
    this.#way.cut();
    this.#way = this.#way.another();
  }
}

const buffer = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength);

/** As Kafka's own clients spread keys: over so many of a topic's partitions, whatever number it has by now. */
function byKey(partitions: number): (key: string) => number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => {
    return { partitionId, partitionErrorCode: 0, leader: 0, replicas: [], isr: [] };
  });
  const partition = Partitioners.DefaultPartitioner();
  return key => partition({ topic: '', partitionMetadata, message: { key, value: null } });
}
