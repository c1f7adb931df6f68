/**
 * The batches on their way to the server, oldest first. All of them are in the spool; as many as hold `bufferEvents` events
 * are in memory too, so that in the usual case nothing is read back. Beyond that the spool alone has them, until the memory
 * is empty again.
 */

import type { SpoolCursor } from '../spool/cursor.ts';
import type { Numbering } from '../spool/record.ts';
import type { Spool, StoredBatch } from '../spool/spool.ts';

/** A compressed batch, ready to be sent. `stored` is undefined where the disk refused it and only the memory has it. */
export interface Pending extends Numbering {
  readonly body: Uint8Array;
  readonly stored: StoredBatch | undefined;
  /** What the wall clock showed at boot, microseconds, as it knew it when the batch was made; undefined where it was read back. */
  readonly bootMicros?: number | undefined;
}

export class Backlog {
  readonly #spool: Spool;
  readonly #bufferEvents: number;
  readonly #memory: Pending[] = [];
  #memoryEvents = 0;
  /** Present while the spool has batches that the memory has not. */
  #cursor: SpoolCursor | undefined;
  #last: StoredBatch | undefined;
  #added = Promise.withResolvers<void>();

  /** Begins with what an earlier run left in the spool. */
  constructor(spool: Spool, bufferEvents: number) {
    this.#spool = spool;
    this.#bufferEvents = bufferEvents;
    this.#cursor = spool.cursor();
    this.#refill(this.#cursor);
  }

  get empty(): boolean {
    return this.oldest() === undefined;
  }

  get memoryEvents(): number {
    return this.#memoryEvents;
  }

  /** A batch that the spool has taken. */
  add(stored: StoredBatch, body: Uint8Array, bootMicros?: number): void {
    if (!this.#cursor && this.hasRoom(stored.events)) this.#push({ ...stored, stored, body, bootMicros });
    else this.#cursor ??= this.#spool.cursor(this.#last);
    this.wake();
  }

  /** A batch that the disk refused; see `hasRoom`. */
  addUnstored(numbering: Numbering, body: Uint8Array, bootMicros?: number): void {
    this.#push({ ...numbering, stored: undefined, body, bootMicros });
    this.wake();
  }

  /** Whether the memory may hold so many more. One batch always has room, however large, or it would never be sent. */
  hasRoom(events: number): boolean {
    return this.#memory.length === 0 || this.#memoryEvents + events <= this.#bufferEvents;
  }

  /** The batch to be sent next; undefined when the server has everything. */
  oldest(): Pending | undefined {
    if (this.#memory.length === 0 && this.#cursor) this.#refill(this.#cursor);
    return this.#memory[0];
  }

  /** The server has the oldest batch, or never will. */
  done(pending: Pending): void {
    if (this.#memory[0] !== pending) throw new Error('only the oldest batch can be done');
    this.#memory.shift();
    this.#memoryEvents -= pending.events;
    if (pending.stored) this.#spool.acknowledge(pending.stored);
  }

  /** Resolves when a batch was added. */
  added(): Promise<void> {
    return this.#added.promise;
  }

  /** Resolves `added` though nothing was. */
  wake(): void {
    this.#added.resolve();
    this.#added = Promise.withResolvers<void>();
  }

  /** Events of a segment that are in memory as well. */
  heldInMemory(segment: number): number {
    return this.#memory.reduce((sum, { stored, events }) => (stored?.segment === segment ? sum + events : sum), 0);
  }

  close(): void {
    this.#cursor?.close();
  }

  #push(pending: Pending): void {
    this.#memory.push(pending);
    this.#memoryEvents += pending.events;
    if (pending.stored) this.#last = pending.stored;
  }

  #refill(cursor: SpoolCursor): void {
    do {
      const read = cursor.next();
      if (!read) {
        cursor.close();
        this.#cursor = undefined;
        return;
      }
      this.#push({ ...read.stored, stored: read.stored, body: read.body });
    } while (this.#memoryEvents < this.#bufferEvents);
  }
}
