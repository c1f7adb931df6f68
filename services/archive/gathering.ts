/** Messages gathered for one block, and what they do to the streams' watermarks. */

import type { Batch } from '../domain/events/batch.ts';
import type { Delivery } from '../ports/bus.ts';
import { EventBlock } from './native-block.ts';
import { type Step, type StreamName, streamName } from './watermarks.ts';

/** A block ready to be inserted. */
export interface Gathered {
  readonly partition: number;
  readonly deliveries: readonly Delivery[];
  readonly streams: ReadonlyMap<StreamName, Step>;
  readonly rows: number;
  /** Bytes of the rows' paths and arguments. */
  readonly textBytes: number;
  readonly columns: readonly string[];
  readonly native: Uint8Array;
}

/** What became of a batch. */
export interface Taken {
  readonly duplicates: number;
  /** Sequence numbers between the last event and this batch's first. */
  readonly missing: number;
  readonly timesMoved: number;
}

const day = 86_400_000_000;

export interface GatheringConfig {
  /** Events older than this when they were received are stored as if they were this old. */
  readonly oldestDays: number;
}

export class Gathering {
  readonly partition: number;
  readonly #config: GatheringConfig;
  readonly #block = new EventBlock();
  #deliveries: Delivery[] = [];
  #streams = new Map<StreamName, Step>();

  constructor(partition: number, config: GatheringConfig) {
    this.partition = partition;
    this.#config = config;
  }

  get rows(): number {
    return this.#block.rows;
  }

  get textBytes(): number {
    return this.#block.textBytes;
  }

  get messages(): number {
    return this.#deliveries.length;
  }

  /** What the block will do to each stream's watermark. */
  get streams(): ReadonlyMap<StreamName, Step> {
    return this.#streams;
  }

  /** A message without events to store: it only moves the position. */
  pass(delivery: Delivery): void {
    this.#deliveries.push(delivery);
  }

  /** The batch's events from its stream's watermark on, which `next` holds and is moved in. */
  take(delivery: Delivery, batch: Batch, next: Map<StreamName, number>): Taken {
    this.#deliveries.push(delivery);
    const none = { duplicates: 0, missing: 0, timesMoved: 0 };
    if (batch.length === 0) return none;
    const stream = streamName(batch);
    const before = next.get(stream) ?? batch.firstSequence;
    const after = batch.firstSequence + batch.length;
    const duplicates = Math.min(Math.max(before - batch.firstSequence, 0), batch.length);
    if (duplicates === batch.length) return { ...none, duplicates };
    next.set(stream, after);
    this.#streams.set(stream, { before: this.#streams.get(stream)?.before ?? before, after });
    const movedBefore = this.#block.timesMoved;
    this.#block.append(batch, duplicates, this.#bounds(delivery));
    return {
      duplicates,
      missing: Math.max(batch.firstSequence - before, 0),
      timesMoved: this.#block.timesMoved - movedBefore,
    };
  }

  /** What was gathered, as a block; begins anew. */
  cut(): Gathered {
    const gathered = {
      partition: this.partition,
      deliveries: this.#deliveries,
      streams: this.#streams,
      rows: this.#block.rows,
      textBytes: this.#block.textBytes,
      columns: this.#block.columnNames,
      native: this.#block.rows === 0 ? new Uint8Array(0) : this.#block.bytes(),
    };
    this.#block.clear();
    this.#deliveries = [];
    this.#streams = new Map();
    return gathered;
  }

  /** By the moment when the message was received: the same whenever the message is read again. */
  #bounds({ headers }: Delivery) {
    const received = Number(headers['received']);
    if (!Number.isSafeInteger(received)) return { earliest: 0, latest: Number.MAX_SAFE_INTEGER };
    return { earliest: Math.max(0, received - this.#config.oldestDays * day), latest: received + day };
  }
}
