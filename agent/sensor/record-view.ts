/** A batch of raw records, read field by field. Numbers above 2^53 lose their lowest bits (no time or count gets there). */

import type { ByteString, SensorEvent } from './event.ts';

/** What every record begins with. */
export interface Head {
  readonly time: number;
  readonly pid: number;
  readonly startTicks: number;
  readonly count: number;
  readonly thread: number;
}

/** Makes the event of the record at `view.base`. */
export type Reader = (view: RecordView, head: Head) => SensorEvent;

/** Nanoseconds since boot -> clock ticks, as /proc/PID/stat counts them. */
export const ticks = (nanos: number): number => Math.floor(nanos / 10_000_000);

const upper = 2 ** 32;

export class RecordView {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  /** Where the present record starts. */
  base = 0;

  constructor(records: Uint8Array) {
    this.#bytes = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
    this.#view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  u8(offset: number): number {
    return this.#view.getUint8(this.base + offset);
  }
  u16(offset: number): number {
    return this.#view.getUint16(this.base + offset, true);
  }
  u32(offset: number): number {
    return this.#view.getUint32(this.base + offset, true);
  }
  i32(offset: number): number {
    return this.#view.getInt32(this.base + offset, true);
  }
  u64(offset: number): number {
    const at = this.base + offset;
    return this.#view.getUint32(at + 4, true) * upper + this.#view.getUint32(at, true);
  }
  /** `length` bytes of a fixed array. */
  bytes(offset: number, length: number): ByteString {
    const at = this.base + offset;
    return this.#bytes.toString('latin1', at, at + length);
  }
  tail(offset: number): ByteString {
    const at = this.base + this.u16(offset);
    return this.#bytes.toString('latin1', at, at + this.u16(offset + 2));
  }
  /** A copy of a tail's bytes. */
  tailCopy(offset: number): Uint8Array {
    const at = this.base + this.u16(offset);
    return Uint8Array.prototype.slice.call(this.#bytes, at, at + this.u16(offset + 2));
  }
}
