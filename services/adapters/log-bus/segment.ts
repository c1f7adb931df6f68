/**
 * A segment: one file of consecutive records, named after the offset from which it starts (`0001763000000000.log`).
 *
 *   0  8 bytes  "PICKETL1"
 *   8  u32      salt of the record checksums
 *  12  u32      crc32 of the 12 bytes before
 *  16  the same 16 bytes again: a flipped bit in the salt must not cost the segment
 *  32  records, one after the other
 */

import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Message } from '../../ports/bus.ts';
import { decodeBody, frameAt, nextMagic, recordHeaderBytes } from './record.ts';

const copyBytes = 16;
export const segmentHeaderBytes = 2 * copyBytes;
const name = 'PICKETL1';

/** A segment as the log knows it. `bytes` is what is durable: nobody reads beyond it. */
export interface Segment {
  readonly path: string;
  /** No record in the file has a smaller offset. */
  readonly base: number;
  bytes: number;
}

export const segmentPath = (folder: string, base: number) => join(folder, `${String(base).padStart(16, '0')}.log`);

/** Offset in a segment's file name; `undefined` for any other file. */
export function segmentBase(file: string): number | undefined {
  return /^\d{16}\.log$/.test(file) ? Number(file.slice(0, 16)) : undefined;
}

/** Writes the header of a new segment into an empty file; returns its salt. */
export async function startSegment(file: FileHandle): Promise<number> {
  const copy = Buffer.alloc(copyBytes);
  copy.write(name, 'latin1');
  randomBytes(4).copy(copy, 8);
  copy.writeUInt32LE(crc32(copy.subarray(0, 12)), 12);
  await file.write(Buffer.concat([copy, copy]), 0, segmentHeaderBytes, 0);
  return copy.readUInt32LE(8);
}

/** Salt of a segment; `undefined` where the header is cut or both copies are damaged: nothing in the file can be trusted. */
export async function readSalt(file: FileHandle): Promise<number | undefined> {
  const header = Buffer.alloc(segmentHeaderBytes);
  const { bytesRead } = await file.read(header, 0, segmentHeaderBytes, 0);
  if (bytesRead < segmentHeaderBytes) return undefined;
  for (const copy of [header.subarray(0, copyBytes), header.subarray(copyBytes)]) {
    if (copy.toString('latin1', 0, 8) === name && crc32(copy.subarray(0, 12)) === copy.readUInt32LE(12))
      return copy.readUInt32LE(8);
  }
  return undefined;
}

/** A sound record; `afterDamage` says that something between it and the record before was not. */
export interface Found extends Message {
  readonly offset: number;
  /** Position in the file behind the record. */
  readonly end: number;
  readonly afterDamage: boolean;
}

/** Walks the records of one segment in order, stepping over damage. */
export class SegmentReader {
  #file: FileHandle;
  #salt: number;
  #at = segmentHeaderBytes;
  #damaged = false;

  private constructor(file: FileHandle, salt: number) {
    this.#file = file;
    this.#salt = salt;
  }

  /** `undefined` where the header is damaged. */
  static async open(path: string): Promise<SegmentReader | undefined> {
    const file = await open(path, 'r');
    const salt = await readSalt(file);
    if (salt !== undefined) return new SegmentReader(file, salt);
    await file.close();
    return undefined;
  }

  /** True where what was passed last is damage that no record has followed yet. */
  get damaged(): boolean {
    return this.#damaged;
  }

  /**
   * The next records that stand whole before file position `end`: about `maxBytes` of them, or one that is larger. Empty only
   * when none follows.
   */
  async read(end: number, maxBytes: number): Promise<Found[]> {
    let wanted = Math.max(maxBytes, recordHeaderBytes);
    while (this.#at < end) {
      const asked = Math.min(wanted, end - this.#at);
      const buffer = await this.#chunk(asked);
      const found: Found[] = [];
      // A file that somebody cut ends where it ends.
      const passed = this.#walk(buffer, found, buffer.length < asked ? buffer.length : end - this.#at);
      this.#at += passed;
      if (found.length > 0 || buffer.length < asked) return found;
      if (passed === 0) {
        // The first record is larger than the chunk: its header says how large.
        const frame = frameAt(buffer, 0, this.#salt);
        wanted = frame ? frame.end : recordHeaderBytes;
      }
    }
    return [];
  }

  /** Appends the records of `buffer` to `found`; returns how many bytes need not be read again. */
  #walk(buffer: Buffer, found: Found[], untilEnd: number): number {
    let at = 0;
    while (at < buffer.length) {
      const frame = frameAt(buffer, at, this.#salt);
      if (frame && frame.end > untilEnd) {
        // It says that it reaches beyond what was ever written: a torn tail.
        this.#damaged = true;
        at = this.#resynchronise(buffer, at + 1, untilEnd);
        continue;
      }
      if (frame && frame.end > buffer.length) return at;
      if (!frame) {
        if (at + recordHeaderBytes > buffer.length && buffer.length < untilEnd) return at;
        this.#damaged = true;
        at = this.#resynchronise(buffer, at + 1, untilEnd);
        continue;
      }
      const message = decodeBody(buffer, frame);
      at = frame.end;
      if (message) found.push({ ...message, offset: frame.offset, end: this.#at + at, afterDamage: this.#damaged });
      this.#damaged = !message;
    }
    return at;
  }

  /** Where to go on after damage; the last bytes of a chunk are kept, a header may begin there. */
  #resynchronise(buffer: Buffer, from: number, untilEnd: number): number {
    const next = nextMagic(buffer, from);
    if (next >= 0) return next;
    return buffer.length < untilEnd ? Math.max(from, buffer.length - recordHeaderBytes + 1) : buffer.length;
  }

  async #chunk(bytes: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    let filled = 0;
    while (filled < bytes) {
      const { bytesRead } = await this.#file.read(buffer, filled, bytes - filled, this.#at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled === bytes ? buffer : buffer.subarray(0, filled);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
