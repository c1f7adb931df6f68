/**
 * How far the server has acknowledged: the file `acknowledged`, 40 bytes written in place. A mark that is lost or old costs
 * batches sent twice, which the server drops; it never costs an event.
 *
 *    0  u64 segment · 8  u64 offset in it · 16  stream id, 8 bytes · 24  u64 next sequence · 32  zeros · 36  u32 CRC-32
 */

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export interface Mark {
  readonly segment: number;
  readonly offset: number;
  readonly stream: string;
  readonly nextSequence: number;
}

const bytesOf = 40;

export class MarkFile {
  readonly #file: number;

  /** Throws the system's error when the folder can't be written to. */
  constructor(folder: string) {
    this.#file = openSync(join(folder, 'acknowledged'), constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** undefined: never written, or damaged. */
  read(): Mark | undefined {
    const bytes = Buffer.alloc(bytesOf);
    if (
      readSync(this.#file, bytes, 0, bytesOf, 0) < bytesOf ||
      bytes.readUInt32LE(36) !== crc32(bytes.subarray(0, 36))
    ) {
      return undefined;
    }
    return {
      segment: Number(bytes.readBigUInt64LE(0)),
      offset: Number(bytes.readBigUInt64LE(8)),
      stream: bytes.toString('hex', 16, 24),
      nextSequence: Number(bytes.readBigUInt64LE(24)),
    };
  }

  /** False where the disk does not take it. */
  write(mark: Mark): boolean {
    const bytes = Buffer.alloc(bytesOf);
    bytes.writeBigUInt64LE(BigInt(mark.segment), 0);
    bytes.writeBigUInt64LE(BigInt(mark.offset), 8);
    bytes.write(mark.stream, 16, 8, 'hex');
    bytes.writeBigUInt64LE(BigInt(mark.nextSequence), 24);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
    try {
      return writeSync(this.#file, bytes, 0, bytesOf, 0) === bytesOf;
    } catch {
      return false;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
