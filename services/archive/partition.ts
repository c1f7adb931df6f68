/**
 * One partition of the bus on its way into the event store: messages are gathered into a block while the block before
 * is being inserted, and the position is committed when its block is stored.
 */

import type { Logger } from 'pino';
import { type Bus, BusBeganAnew, type Delivery, type Position } from '../ports/bus.ts';
import type { DecodedBody, Decoder } from '../ports/decoder.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { Patience } from '../ports/patience.ts';
import { type Gathered, Gathering } from './gathering.ts';
import type { ArchiveMetrics, Held } from './metrics.ts';
import { type Claim, firstBlock, PartitionLost, requireClaim } from './ownership.ts';
import { isWhole, keepsTo } from './redo.ts';
import {
  type Archived,
  type Plan,
  readSettled,
  type Step,
  type StreamName,
  streamName,
  tokenOf,
  writePlan,
} from './watermarks.ts';

export interface ArchiveConfig {
  /** A block is inserted when the partitions of this process could have so many rows in memory, each as many as it, */
  readonly maxRows: number;
  /** or when the block before it was cut so long ago, for each two partitions of this process, */
  readonly waitMs: number;
  /** or at last when it was cut so long ago: what waits for that, while more comes, are blocks of many rows, which cost the store half. */
  readonly maxWaitMs: number;
  /** Events older than this when they were received are stored as if they were this old: as long as events are kept. */
  readonly retentionDays: number;
  /** How long a shutdown waits for what was gathered to be stored; what was not is in the bus, and comes again. */
  readonly closePatienceMs: number;
}

export interface PartitionDependencies {
  readonly bus: Bus;
  readonly decoder: Decoder;
  readonly store: EventStore;
  readonly log: Logger;
  readonly metrics: ArchiveMetrics;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  commit(position: Position): Promise<void>;
  /** How many partitions this process has. */
  partitions(): number;
  /** Messages of any of them are being gathered: those of others may wait behind them. */
  isHandling(): boolean;
  /** Told once, of what is not to be expected: this object does nothing more. */
  failed(error: unknown): void;
}

/** What comes together goes together: the first message of a quiet time waits so long for others. */
const shortestWaitMs = 30;
/** A block of so many rows or more has come fast, and waits for others. */
const manyRows = 4_096;
/** Nothing comes any more where nothing came for so long: longer than the bus takes to gather. */
const quietMs = 400;
/** The same of the bytes of paths and arguments: 131,072 usual rows have a fifth of them. */
const mostTextBytes = 64 << 20;

const nothing: Held = { events: 0, textBytes: 0 };

export class PartitionArchive {
  readonly #claim: Claim;
  readonly #config: ArchiveConfig;
  readonly #with: PartitionDependencies;
  readonly #next: Map<StreamName, number>;
  readonly #gathering: Gathering;
  #block: number;
  /** The newest plan of the run before, while it is not known whether it became a block. */
  #redo: Plan | undefined;
  /** How far the streams of a plan are stored that will not be done again. The next plan says so, for that one had said that they were further. */
  #settled: ReadonlyMap<StreamName, number>;
  #timer: NodeJS.Timeout | undefined;
  #lastCut = Number.NEGATIVE_INFINITY;
  /** Messages that the block had at the last look. */
  #lastSeen = 0;
  /** The insert that is under way, and what it holds. */
  #inserting: Promise<void> = Promise.resolve();
  #beingInserted: Held = nothing;
  #failure: unknown;
  #closed = false;

  constructor(claim: Claim, archived: Archived, config: ArchiveConfig, dependencies: PartitionDependencies) {
    this.#claim = claim;
    this.#config = config;
    this.#with = dependencies;
    this.#next = archived.next;
    this.#block = Math.max(archived.newest?.block ?? 0, firstBlock(claim));
    this.#redo = archived.newest;
    this.#settled = archived.settled ?? new Map();
    this.#gathering = new Gathering(claim.partition, { oldestDays: config.retentionDays });
    // The block is cut again from where its streams stood before it.
    for (const [stream, { before }] of archived.newest?.streams ?? []) this.#next.set(stream, before);
  }

  /** Resolves when the messages are gathered; waits while a block is full and the one before it is not stored yet. */
  async handle(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) {
      if (this.#failure) throw this.#failure;
      this.#with.signal.throwIfAborted();
      await this.#one(delivery);
    }
  }

  /** Two blocks at most, and of each what its last message had too much. */
  get held(): Held {
    const { rows, textBytes } = this.#gathering;
    const { events, textBytes: inserting } = this.#beingInserted;
    return { events: rows + events, textBytes: textBytes + inserting };
  }

  /** Inserts what was gathered, and resolves when it is stored. */
  async flush(): Promise<void> {
    // A block that is cut again must be whole.
    if (!this.#redo) await this.#cut();
    await this.#insertsDone();
    if (this.#failure) throw this.#failure;
  }

  /** Drops what was gathered: it was not committed, and comes again. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#insertsDone();
  }

  async #one(delivery: Delivery): Promise<void> {
    const { offset } = delivery.position;
    if (this.#redo && this.#gathering.messages === 0 && offset !== this.#redo.firstOffset)
      await this.#settle(this.#redo);
    const stream = await this.#gather(delivery);
    if (this.#redo) {
      this.#requirePlanned(this.#redo, offset, stream);
      if (offset === this.#redo.lastOffset) await this.#cut();
    } else if (this.#isFull()) {
      await this.#cut();
    } else {
      const { waitMs, maxWaitMs } = this.#config;
      const wait = Math.min(waitMs * Math.ceil(this.#with.partitions() / 2), maxWaitMs);
      this.#timer ??= setTimeout(() => this.#due(), Math.max(wait - this.#sinceCut(), shortestWaitMs));
    }
  }

  /** The bus is read from its beginning, and does not hold all of the block any more, or began anew: nothing is to be cut again. */
  async #settle(plan: Plan): Promise<void> {
    const { store, patience, signal } = this.#with;
    const settled = await patience.until(() => readSettled(store, plan, signal));
    for (const [stream, next] of settled) this.#next.set(stream, next);
    this.#settled = settled;
    this.#redo = undefined;
  }

  /** Throws where the message at `offset`, of which something of `stream` was gathered, is not one of those that were planned. */
  #requirePlanned({ partition, lastOffset, streams }: Plan, offset: number, stream: StreamName | undefined): void {
    const gathered = this.#gathering.streams;
    const isPlanned =
      offset <= lastOffset && (stream === undefined || keepsTo(streams.get(stream), gathered.get(stream)));
    if (isPlanned && (offset < lastOffset || isWhole(streams, gathered))) return;
    this.#failure = new BusBeganAnew(partition);
    this.#with.failed(this.#failure);
    throw this.#failure;
  }

  #isFull(): boolean {
    const partitions = this.#with.partitions();
    const { rows, textBytes } = this.#gathering;
    return rows * partitions >= this.#config.maxRows || textBytes * partitions >= mostTextBytes;
  }

  #due(): void {
    const { rows, messages } = this.#gathering;
    const left = this.#config.maxWaitMs - this.#sinceCut();
    const isQuiet = messages === this.#lastSeen && !this.#with.isHandling();
    this.#lastSeen = messages;
    if (rows < manyRows || left <= 0 || isQuiet) this.#cut();
    else this.#timer = setTimeout(() => this.#due(), Math.min(left, quietMs));
  }

  #sinceCut(): number {
    return performance.now() - this.#lastCut;
  }

  /** Gives the stream that the message is of, where it can be read. */
  async #gather(delivery: Delivery): Promise<StreamName | undefined> {
    const { metrics } = this.#with;
    const opened = await this.#open(delivery);
    if (!opened.ok) {
      await this.#deadLetter(delivery, opened.reason, opened.detail);
      this.#gathering.pass(delivery);
      return undefined;
    }
    const { duplicates, missing, timesMoved } = this.#gathering.take(delivery, opened.batch, this.#next);
    metrics.duplicates.inc(duplicates);
    metrics.missing.inc(missing);
    metrics.timesMoved.inc(timesMoved);
    if (duplicates < opened.batch.length) metrics.unknownEvents.inc(opened.batch.unknownKinds);
    return streamName(opened.batch);
  }

  /** Ends the block and starts its insert, once the one before is stored. */
  async #cut(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#insertsDone();
    if (this.#closed || this.#failure || this.#gathering.messages === 0) return;
    this.#lastCut = performance.now();
    this.#lastSeen = 0;
    const redo = this.#redo;
    this.#redo = undefined;
    const gathered = this.#gathering.cut();
    this.#beingInserted = { events: gathered.rows, textBytes: gathered.textBytes };
    this.#inserting = this.#store(gathered, redo)
      .catch(error => {
        this.#failure = error;
        this.#with.failed(error);
      })
      .finally(() => {
        this.#beingInserted = nothing;
      });
  }

  async #insertsDone(): Promise<void> {
    // Another that waited too may have begun one meanwhile.
    for (let seen: Promise<void> | undefined; seen !== this.#inserting; ) {
      seen = this.#inserting;
      await seen;
    }
  }

  async #store(gathered: Gathered, redo: Plan | undefined): Promise<void> {
    const { deliveries, rows } = gathered;
    if (rows > 0) {
      const plan = redo ?? {
        partition: gathered.partition,
        block: ++this.#block,
        firstOffset: deliveries[0]!.position.offset,
        lastOffset: deliveries.at(-1)!.position.offset,
        streams: new Map([...standing(this.#settled), ...gathered.streams]),
      };
      if (redo === undefined) this.#settled = new Map();
      if (!(await this.#insert(gathered, plan, redo === undefined))) await this.#storeOneByOne(gathered);
    }
    await this.#with.commit(deliveries.at(-1)!.position);
  }

  /** False where the store refuses the block for what it holds. */
  async #insert({ rows, columns, native }: Gathered, plan: Plan, planIsNew: boolean): Promise<boolean> {
    const { store, patience, signal, metrics, log } = this.#with;
    if (planIsNew) await patience.until(() => this.#ifOurs(() => writePlan(store, plan)));
    const begun = performance.now();
    try {
      await patience.until(() => this.#ifOurs(() => store.insert('events', columns, native, tokenOf(plan))));
    } catch (error) {
      if (signal.aborted || error instanceof PartitionLost) throw error;
      log.error({ err: error, rows }, 'the event store refuses a block: its messages are tried one by one');
      return false;
    }
    metrics.insertSeconds.observe((performance.now() - begun) / 1000);
    metrics.events.inc(rows);
    metrics.blocks.inc();
    metrics.bytes.inc(native.length);
    return true;
  }

  /** Right before each attempt: it may have been tried for long. */
  async #ifOurs(write: () => Promise<void>): Promise<void> {
    await requireClaim(this.#with.store, this.#claim, this.#with.signal);
    await write();
  }

  /** Each message as a block of its own; one that the store refuses alone goes to the dead letters. */
  async #storeOneByOne(refused: Gathered): Promise<void> {
    const next = new Map([...refused.streams].map(([stream, { before }]) => [stream, before]));
    for (const delivery of refused.deliveries) {
      const opened = await this.#open(delivery);
      if (!opened.ok) continue;
      const alone = new Gathering(refused.partition, { oldestDays: this.#config.retentionDays });
      // Every stream of the refused block stands in each plan: the plan before said that they were further.
      const streams = standing(next);
      alone.take(delivery, opened.batch, next);
      const gathered = alone.cut();
      if (gathered.rows === 0) continue;
      for (const [stream, step] of gathered.streams) streams.set(stream, step);
      const { offset } = delivery.position;
      const plan = {
        partition: refused.partition,
        block: ++this.#block,
        firstOffset: offset,
        lastOffset: offset,
        streams,
      };
      if (!(await this.#insert(gathered, plan, true))) {
        await this.#deadLetter(delivery, 'refused', 'the event store refuses the block');
      }
    }
  }

  #open({ headers, value }: Delivery): Promise<DecodedBody> {
    return this.#with.decoder.decode(value, headers['encoding'] ?? 'identity');
  }

  async #deadLetter(delivery: Delivery, reason: string, detail: string): Promise<void> {
    const { bus, metrics, log } = this.#with;
    log.warn({ endpoint: delivery.key, position: delivery.position, reason, detail }, 'a message can not be archived');
    metrics.deadLetters.inc({ reason });
    const headers = { ...delivery.headers, reason, detail: detail.slice(0, 500), from: 'archive' };
    const letter = { key: delivery.key, headers, value: delivery.value };
    await this.#with.patience.until(() => bus.publish('dead-letter', [letter]));
  }
}

/** A step of each that goes nowhere. */
const standing = (at: ReadonlyMap<StreamName, number>): Map<StreamName, Step> =>
  new Map([...at].map(([stream, next]) => [stream, { before: next, after: next }]));
