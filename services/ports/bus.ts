/** The bus carries submissions from ingress to archive and analysis. Adapters: a durable log on disk, Kafka. */

/** `alerts` and `dead-letter` are bounded: where nobody reads them the oldest go. */
export const topics = ['events', 'alerts', 'dead-letter'] as const;
export type Topic = (typeof topics)[number];

export interface Message {
  /** Endpoint id: messages of one key keep their order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

/**
 * Where a message stands: in one partition positions grow, and are not given twice but by a Kafka that lost what it had
 * acknowledged, or was made anew. Whoever keeps its position itself sees whether the message there is the same; see `BusBeganAnew`.
 */
export interface Position {
  readonly partition: number;
  readonly offset: number;
}

export interface Delivery extends Message {
  readonly position: Position;
}

export interface Bus {
  /**
   * Resolves when every message is durable in the bus. Rejects with `BusFull` when the disk is, having kept none or
   * a prefix; with `BusUnavailable` when it does not answer, having kept any of them or none.
   */
  publish(topic: Topic, messages: readonly Message[]): Promise<void>;
  /**
   * Delivers from the group's committed position (or `from`, where the consumer keeps its position itself), in order
   * within a partition, up to `maxBytes` at a time. The next delivery follows when `handle` has resolved; when it
   * rejects, the same one comes again after a backoff. Nothing is committed but by `commit`.
   */
  subscribe(subscription: Subscription): Promise<Consumer>;
  /** Bytes and messages held, per topic; lag per group: for metrics. */
  stats(): Promise<BusStats>;
  close(): Promise<void>;
}

export interface Subscription {
  readonly topic: Topic;
  readonly group: string;
  readonly maxBytes: number;
  /** Messages may be kept back so many milliseconds, so that more come at a time; by default they are not. */
  readonly gatherMillis?: number;
  /**
   * Called once a partition is given to this consumer: the offset of the first message wanted. `undefined` starts behind
   * what the group has committed. Offsets need not begin at 0 and may have gaps: one that the bus does not hold, and holds nothing
   * behind, starts at the oldest message that it has.
   */
  readonly from?: (partition: number) => Promise<number | undefined>;
  /** Runs alone: while it does, none of the others here is called for this subscription. */
  handle(deliveries: readonly Delivery[]): Promise<void>;
  /**
   * The partitions are about to be given out anew, or the consumer closes: what was handled should be made safe and committed
   * now, because another may go on from there. The bus waits for it, but not for ever (Kafka: 10 s).
   */
  readonly settle?: () => Promise<void>;
  /**
   * These partitions are not this consumer's any more, or may have been another's meanwhile: what belongs to them is to be
   * forgotten. Partitions that are kept are not named, and go on where they were. Not called at the end of a consumer.
   */
  readonly taken?: (partitions: readonly number[]) => Promise<void>;
  /**
   * Called every few seconds while the consumer works, waits for messages, or tries to reach the bus; not while one of the others
   * here runs, for that may hang. A bus in this process has no need of it, and never calls it.
   */
  readonly alive?: () => void;
}

export interface Consumer {
  /** The group needs nothing at or before this position any more. Says nothing of a partition that is another's by now. */
  commit(position: Position): Promise<void>;
  /** Resolves when `handle` is not running any more and will not be called again. */
  close(): Promise<void>;
}

/** Messages that a group has not committed in one partition. */
export interface PartitionLag {
  readonly topic: Topic;
  readonly group: string;
  readonly partition: number;
  readonly messages: number;
}

export interface BusStats {
  /** False: the bus does not say, and the rest is what was last known. */
  readonly answered: boolean;
  /** `bytes` where the bus knows them (Kafka's client does not). */
  readonly topics: Readonly<Record<string, { readonly bytes: number | undefined; readonly messages: number }>>;
  /** Messages not yet committed, per `topic/group`. */
  readonly lag: Readonly<Record<string, number>>;
  readonly partitions: readonly PartitionLag[];
  /** What the bus itself lost since it was opened, per `topic/what`; all zero is the normal state. */
  readonly losses: Readonly<Record<string, number>>;
}

/** The bus cannot take more: the caller answers 503 and the sender keeps what it has. */
export class BusFull extends Error {
  override readonly name = 'BusFull';
}

/**
 * What a consumer finds that keeps its position itself: another message stands there than did. What came before it may be another
 * one too: the partition is to be read again from its oldest message, and what was there before is known by its sequence numbers.
 */
export class BusBeganAnew extends Error {
  override readonly name = 'BusBeganAnew';
  readonly partition: number;

  constructor(partition: number) {
    super(`partition ${partition} holds other messages than it did: the bus lost some, or began anew`);
    this.partition = partition;
  }
}

/** The bus does not answer, or too much waits for it already; the same call may succeed later. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
}
