/** The bus carries submissions from ingress to archive and analysis. Adapters: a durable log on disk, Kafka. */

export const topics = ['events', 'dead-letter'] as const;
export type Topic = (typeof topics)[number];

export interface Message {
  /** Endpoint id: messages of one key keep their order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

/** Where a message stands: in one partition positions grow and are never given twice. */
export interface Position {
  readonly partition: number;
  readonly offset: number;
}

export interface Delivery extends Message {
  readonly position: Position;
}

export interface Bus {
  /** Resolves when every message is durable in the bus. Rejects with `BusFull` when the disk is, having kept none or a prefix. */
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
  /**
   * Called once a partition is given to this consumer: the offset of the first message wanted. `undefined` starts behind
   * what the group has committed. Offsets need not begin at 0 and may have gaps.
   */
  readonly from?: (partition: number) => Promise<number | undefined>;
  handle(deliveries: readonly Delivery[]): Promise<void>;
}

export interface Consumer {
  /** The group needs nothing at or before this position any more. */
  commit(position: Position): Promise<void>;
  /** Resolves when `handle` is not running any more and will not be called again. */
  close(): Promise<void>;
}

export interface BusStats {
  readonly topics: Readonly<Record<string, { readonly bytes: number; readonly messages: number }>>;
  /** Messages not yet committed, per `topic/group`. */
  readonly lag: Readonly<Record<string, number>>;
  /** What the bus itself lost since it was opened, per `topic/what`; all zero is the normal state. */
  readonly losses: Readonly<Record<string, number>>;
}

/** The bus cannot take more: the caller answers 503 and the sender keeps what it has. */
export class BusFull extends Error {
  override readonly name = 'BusFull';
}
