/**
 * A batch's strings, each once, written as the wire's bytes while they are collected: closing a batch then copies one
 * buffer instead of making a small one for each string.
 */

import type { ByteString } from '../sensor/event.ts';

/** Field 10 of EventBatch, length-delimited. */
const tag = (10 << 3) | 2;
/** What a receiver takes; longer strings are cut. The kernel sends at most 4,096 bytes. */
const largest = 65_536;

export class StringDictionary {
  #refs = new Map<ByteString, number>();
  #wire = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  constructor() {
    this.clear();
  }

  /** Bytes on the wire so far. */
  get bytes(): number {
    return this.#length;
  }

  /** The string ref of `text`, one character a byte; 0 for ''. */
  ref(text: ByteString): number {
    const known = this.#refs.get(text);
    if (known !== undefined) return known;
    const ref = this.#refs.size;
    this.#refs.set(text, ref);
    this.#write(text);
    return ref;
  }

  /** The `strings` of an EventBatch, to stand behind its other fields. Valid until the next change. */
  wire(): Uint8Array {
    return this.#wire.subarray(0, this.#length);
  }

  clear(): void {
    // Not cleared: V8 links the table of a cleared Map to the next one, and a dead old one keeps all after it until a full collection.
    this.#refs = new Map();
    this.#length = 0;
    this.ref('');
  }

  #write(text: ByteString): void {
    const length = Math.min(text.length, largest);
    this.#reserve(length + 6);
    this.#wire[this.#length++] = tag;
    let rest = length;
    for (; rest > 127; rest >>>= 7) this.#wire[this.#length++] = (rest & 127) | 128;
    this.#wire[this.#length++] = rest;
    this.#length += this.#wire.write(text, this.#length, length, 'latin1');
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#wire.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#wire.length * 2, this.#length + more));
    this.#wire.copy(larger, 0, 0, this.#length);
    this.#wire = larger;
  }
}
