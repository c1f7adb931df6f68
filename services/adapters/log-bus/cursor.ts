/** One consumer's way through a log: from an offset on, segment by segment, with one file open and one chunk in memory. */

import type { Delivery } from '../../ports/bus.ts';
import type { Log } from './log.ts';
import { type Segment, SegmentReader } from './segment.ts';

export class Cursor {
  /** Messages that were damaged on disk and could not be delivered. */
  damaged = 0;
  #log: Log;
  #next: number;
  #segment: Segment | undefined;
  #reader: SegmentReader | undefined;
  /** Something damaged was passed, and the next sound record will tell how many messages that was. */
  #lost = false;

  /** Starts at the first message at or after `from` that the log holds. */
  constructor(log: Log, from: number) {
    this.#log = log;
    this.#next = from;
  }

  /** Offset of the next message wanted. */
  get next(): number {
    return this.#next;
  }

  /** The next messages, at most `maxBytes` in all unless the first is larger; empty at the end of the log. */
  async read(maxBytes: number): Promise<Delivery[]> {
    for (;;) {
      const reader = await this.#enter();
      if (!reader) return [];
      const found = await reader.read(this.#segment!.bytes, maxBytes);
      const deliveries: Delivery[] = [];
      for (const { key, headers, value, offset, afterDamage } of found) {
        if (offset < this.#next) continue;
        if (afterDamage || this.#lost) this.damaged += offset - this.#next;
        this.#lost = false;
        this.#next = offset + 1;
        deliveries.push({ key, headers, value, position: { partition: 0, offset } });
      }
      if (deliveries.length > 0) return deliveries;
      if (found.length === 0 && !(await this.#leave())) return [];
    }
  }

  /** The reader of the segment that the cursor stands in; `undefined` where there is nothing to read. */
  async #enter(): Promise<SegmentReader | undefined> {
    if (this.#reader) return this.#reader;
    const { segments } = this.#log;
    let segment = segments[0];
    for (const candidate of segments) if (candidate.base <= this.#next) segment = candidate;
    if (this.#segment) segment = segments.find(candidate => candidate.base > this.#segment!.base) ?? undefined;
    if (!segment) return undefined;
    // Where opening fails for a passing reason nothing has moved, and the next try begins here again.
    const reader = await SegmentReader.open(segment.path);
    // Messages that were deleted before this consumer came are not damage.
    if (segment.base > this.#next && !this.#lost) this.#next = segment.base;
    this.#segment = segment;
    this.#reader = reader;
    if (reader) return reader;
    this.#lost = true;
    return (await this.#leave()) ? this.#enter() : undefined;
  }

  /** Closes the segment if a newer one exists. False: this is the newest, more may come. */
  async #leave(): Promise<boolean> {
    const newest = this.#log.segments.at(-1);
    if (!newest || newest.base <= this.#segment!.base) return false;
    if (this.#reader?.damaged) this.#lost = true;
    await this.#reader?.close();
    this.#reader = undefined;
    return true;
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }
}
