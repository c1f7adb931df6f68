/**
 * What is not yet acknowledged, on disk: a bounded queue of compressed batches that survives a crash of the agent.
 *
 * On disk: a folder of segments `000000000001.segment`, … (record.ts: a marker, then records), oldest first, and the
 * file `acknowledged` (mark.ts). Segments behind the mark are deleted.
 *
 * Invariants
 *  - A batch has its sequence numbers only when it is in the spool (or, while the disk refuses, in a stream that no segment
 *    knows): no number is ever given to two events.
 *  - So an agent goes on with its stream only where that is certain: same boot of the host (a power cut may have taken what
 *    was sent but not yet on the platter), newest segment whole to its end, mark readable and not beyond that end. Else it
 *    begins a new stream; what the spool holds of the old one is sent all the same.
 *  - An old segment is never written to again: a new start makes a new segment, with a number above all others and the mark's.
 *  - Whatever the files hold, reading comes to an end: a torn or damaged record is skipped, and its events are counted.
 *  - Never more than `capacity` bytes: the oldest segment goes first, and what it held unsent is counted (`spool.full`).
 *
 * Not synced per batch: after kill -9 the kernel still has every byte. A full segment is synced with its name, and so is the last
 * one when the agent stops: no power cut takes those. Of the segment that is written to it may leave any sectors, in any order, and
 * of the mark an older one: what of that can be read is sent, nothing else is, and batches that the server has may come again.
 */

import { mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolCursor } from './cursor.ts';
import { type Mark, MarkFile } from './mark.ts';
import type { Numbering } from './record.ts';
import { type Summary, summarise } from './segment.ts';
import { SegmentWriter } from './writer.ts';

export interface SpoolOptions {
  readonly folder: string;
  /** Bytes. */
  readonly capacity: number;
  /** Kernel boot id, 32 hex digits. */
  readonly boot: string;
  /** 16 hex digits, never the same twice. */
  readonly newStream: () => string;
  readonly lose: (name: string, events: number) => void;
  /** Events of a segment that is about to be dropped which the memory still holds and sends. */
  readonly heldInMemory?: (segment: number) => number;
}

/** A batch and where it lies. */
export interface StoredBatch extends Numbering {
  readonly segment: number;
  /** Offset behind it in its segment. */
  readonly end: number;
}

export type Appended =
  | { readonly ok: true; readonly stored: StoredBatch }
  | { readonly ok: false; readonly reason: string };

interface Segment {
  readonly id: number;
  readonly path: string;
  bytes: number;
  unsentEvents: number;
  unsentBatches: number;
}

export class Spool {
  readonly #options: SpoolOptions;
  readonly #mark: MarkFile;
  readonly #segmentBytes: number;
  #segments: Segment[] = [];
  #head: { segment: number; offset: number };
  #writer: SegmentWriter | undefined;
  #lastId = 0;
  #stream: string;
  #nextSequence = 0;
  /** A segment knows the stream: it would be gone on with after a crash. */
  #known = false;

  /** Throws the system's error when the folder can't be made or read. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    // Small enough that dropping the oldest costs little of what is kept.
    this.#segmentBytes = Math.min(4 * 1024 * 1024, Math.max(4096, Math.floor(options.capacity / 8)));
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#mark = new MarkFile(options.folder);
    const mark = this.#mark.read();
    this.#head = mark ?? { segment: 0, offset: 0 };
    const end = this.#findSegments();
    const goesOn = mark !== undefined && end !== undefined && end.boot === options.boot && !isBefore(end, mark);
    this.#stream = goesOn ? end.stream : options.newStream();
    this.#nextSequence = goesOn ? end.firstSequence + end.events : 0;
    this.#open();
    this.#writeMark({
      stream: this.#stream,
      nextSequence: goesOn ? Math.min(mark.nextSequence, this.#nextSequence) : 0,
    });
    this.#deleteAcknowledged();
  }

  get stream(): string {
    return this.#stream;
  }

  /** The number that the next event gets. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get unsentEvents(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.unsentEvents, 0);
  }

  get unsentBatches(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.unsentBatches, 0);
  }

  /**
   * Writes a batch that was made for `stream` and `nextSequence`. Where the disk refuses, nothing is written and a new stream
   * begins: make the batch anew for it, and keep it in memory (`assign`).
   */
  append(body: Uint8Array, events: number): Appended {
    const { boot } = this.#options;
    const numbering = { stream: this.#stream, boot, firstSequence: this.#nextSequence, events };
    try {
      if (this.#writer && this.#writer.size >= this.#segmentBytes) this.#closeWriter();
      if (!this.#writer) this.#open();
      this.#writer!.append(numbering, body);
    } catch (error) {
      this.#startStream();
      return { ok: false, reason: (error as Error).message };
    }
    const segment = this.#segments.at(-1)!;
    segment.bytes = this.#writer!.size;
    segment.unsentEvents += events;
    segment.unsentBatches += 1;
    this.#nextSequence += events;
    while (this.bytes > this.#options.capacity && this.#segments.length > 1) this.#dropOldest();
    return { ok: true, stored: { ...numbering, segment: segment.id, end: segment.bytes } };
  }

  /** Gives numbers to a batch that the disk refused. */
  assign(events: number): Numbering {
    const { boot } = this.#options;
    const numbering = { stream: this.#stream, boot, firstSequence: this.#nextSequence, events };
    this.#nextSequence += events;
    return numbering;
  }

  /** Reads on behind `after`, or from the first batch that is not acknowledged. */
  cursor(after?: StoredBatch): SpoolCursor {
    return new SpoolCursor(this, this.#options.lose, after ?? this.#head);
  }

  /** Path of a segment and whether it is the newest; for the cursor. `id` or, where that is gone, the one behind it. */
  segmentFrom(id: number): { readonly id: number; readonly path: string; readonly newest: boolean } | undefined {
    const segment = this.#segments.find(each => each.id >= id);
    return segment && { id: segment.id, path: segment.path, newest: segment === this.#segments.at(-1) };
  }

  /** The server holds this batch and all before it: its room may be given back. */
  acknowledge(stored: StoredBatch): void {
    const { segment: id, end: offset, stream, firstSequence, events } = stored;
    const segment = this.#segments.find(each => each.id === id);
    if (!segment) return;
    segment.unsentEvents -= events;
    segment.unsentBatches -= 1;
    this.#head = { segment: id, offset };
    this.#writeMark({ stream, nextSequence: firstSequence + events });
    this.#deleteAcknowledged();
  }

  /** Writes what the kernel still holds to the disk, and closes the files. */
  close(): void {
    this.#closeWriter();
    this.#mark.close();
  }

  /** Lists what earlier runs left; gives the last record of the newest segment where that is whole, else undefined. */
  #findSegments(): Summary['last'] {
    const { folder } = this.#options;
    const ids = readdirSync(folder).flatMap(name =>
      /^\d{12}\.segment$/.test(name) ? [Number.parseInt(name, 10)] : [],
    );
    for (const id of ids.toSorted((a, b) => a - b)) {
      const path = this.#path(id);
      const bytes = statSync(path).size;
      const from = id < this.#head.segment ? bytes : id === this.#head.segment ? this.#head.offset : 0;
      const { events, batches } = summarise(path, from);
      this.#segments.push({ id, path, bytes, unsentEvents: events, unsentBatches: batches });
    }
    const newest = this.#segments.at(-1);
    // A power cut may have left the mark and taken the segment that it is in: what comes now must not be taken for acknowledged.
    this.#lastId = Math.max(newest?.id ?? 0, this.#head.segment);
    const end = newest && summarise(newest.path, 0);
    return end?.clean ? end.last : undefined;
  }

  #open(): void {
    const id = this.#lastId + 1;
    const path = this.#path(id);
    const numbering = { stream: this.#stream, boot: this.#options.boot, firstSequence: this.#nextSequence };
    this.#writer = new SegmentWriter(path, numbering);
    this.#lastId = id;
    this.#known = true;
    this.#segments.push({ id, path, bytes: this.#writer.size, unsentEvents: 0, unsentBatches: 0 });
  }

  /** What comes now is in no segment, so its numbers must not be those that a segment would go on with. */
  #startStream(): void {
    this.#closeWriter();
    if (!this.#known) return;
    this.#known = false;
    this.#stream = this.#options.newStream();
    this.#nextSequence = 0;
  }

  #closeWriter(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      writer?.close();
    } catch {
      // The disk refuses to sync. The records are still with the kernel, and each one's checksum will tell.
    }
  }

  #writeMark({ stream, nextSequence }: Pick<Mark, 'stream' | 'nextSequence'>): void {
    this.#mark.write({ ...this.#head, stream, nextSequence });
  }

  /** All segments before the mark, but never the newest: it says where numbering goes on. */
  #deleteAcknowledged(): void {
    while (this.#segments.length > 1) {
      const first = this.#segments[0]!;
      const sent =
        first.id < this.#head.segment || (first.id === this.#head.segment && this.#head.offset >= first.bytes);
      if (!sent) return;
      this.#delete(first);
    }
  }

  #dropOldest(): void {
    const first = this.#segments[0]!;
    const lost = first.unsentEvents - (this.#options.heldInMemory?.(first.id) ?? 0);
    if (lost > 0) this.#options.lose('spool.full', lost);
    this.#delete(first);
  }

  #delete(segment: Segment): void {
    this.#segments = this.#segments.filter(each => each !== segment);
    try {
      unlinkSync(segment.path);
    } catch {
      // Somebody else has deleted it.
    }
  }

  #path(id: number): string {
    return join(this.#options.folder, `${String(id).padStart(12, '0')}.segment`);
  }
}

const isBefore = (end: Numbering, mark: Mark): boolean =>
  end.stream === mark.stream && end.firstSequence + end.events < mark.nextSequence;
