/** Reads the spool's batches in order, once; counts what can't be read. */

import { type Found, SegmentReader } from './segment.ts';
import type { SpoolOptions, StoredBatch } from './spool.ts';

/** Where a cursor starts: behind a batch, or at a place. */
export type Start = StoredBatch | { readonly segment: number; readonly offset: number };

interface Segments {
  segmentFrom(id: number): { readonly id: number; readonly path: string; readonly newest: boolean } | undefined;
}

export interface StoredBody {
  readonly stored: StoredBatch;
  readonly body: Buffer;
}

export class SpoolCursor {
  readonly #segments: Segments;
  readonly #lose: SpoolOptions['lose'];
  #segment: number;
  #offset: number;
  /** What the next record of the same stream should begin with. */
  #expected: { readonly stream: string; readonly sequence: number } | undefined;
  /** Events in damaged records since the last good one, as far as their headers tell. */
  #damaged = 0;
  #open: { readonly id: number; readonly reader: SegmentReader } | undefined;

  constructor(segments: Segments, lose: SpoolOptions['lose'], start: Start) {
    this.#segments = segments;
    this.#lose = lose;
    this.#segment = start.segment;
    this.#offset = 'end' in start ? start.end : start.offset;
    if ('end' in start) this.#expect(start);
  }

  /** undefined at the end, for now: what is appended later comes next. */
  next(): StoredBody | undefined {
    for (;;) {
      const segment = this.#segments.segmentFrom(this.#segment);
      if (!segment) return undefined;
      if (segment.id !== this.#segment) this.#enter(segment.id);
      const found = this.#read(segment);
      if (found.kind === 'end') {
        if (!segment.newest) {
          this.#enter(segment.id + 1);
          continue;
        }
        this.#countDamage(undefined);
        return undefined;
      }
      this.#offset = found.next;
      if (found.kind === 'record') {
        const { stream, boot, firstSequence, events, length } = found.header;
        this.#countDamage(found.header);
        this.#expect(found.header);
        if (length === 0) continue;
        return {
          stored: { stream, boot, firstSequence, events, segment: segment.id, end: found.next },
          body: found.body,
        };
      }
      if (found.kind === 'torn') this.#lose('spool.torn', found.events);
      else this.#damaged += found.events;
    }
  }

  close(): void {
    this.#open?.reader.close();
    this.#open = undefined;
  }

  #enter(segment: number): void {
    this.close();
    this.#segment = segment;
    this.#offset = 0;
  }

  /** A segment that can't be read at all ends here; the marker of the next one tells how much was in it. */
  #read({ id, path, newest }: { id: number; path: string; newest: boolean }): Found {
    try {
      if (this.#open?.id !== id) {
        this.close();
        this.#open = { id, reader: new SegmentReader(path) };
      }
      return this.#open.reader.read(this.#offset);
    } catch {
      if (!newest) this.#damaged = Math.max(this.#damaged, 1);
      return { kind: 'end' };
    }
  }

  #expect({ stream, firstSequence, events }: Pick<StoredBatch, 'stream' | 'firstSequence' | 'events'>): void {
    this.#expected = { stream, sequence: firstSequence + events };
  }

  /** The hole in the numbering tells exactly what damage cost; where numbering began anew, the headers tell what they can. */
  #countDamage(next: Pick<StoredBatch, 'stream' | 'firstSequence'> | undefined): void {
    if (this.#damaged === 0) return;
    const isSameStream = next !== undefined && this.#expected?.stream === next.stream;
    const lost = isSameStream ? next.firstSequence - this.#expected!.sequence : this.#damaged;
    if (lost > 0) this.#lose('spool.damaged', lost);
    this.#damaged = 0;
  }
}
