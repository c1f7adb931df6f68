/**
 * A record of the spool: a header of 64 bytes and its body. All numbers are little endian.
 *
 *    0  magic "PKS1"
 *    4  u32 length of the body
 *    8  u64 sequence number of its first event
 *   16  u32 events
 *   20  u32 CRC-32 of the body
 *   24  stream id, 8 bytes
 *   32  boot id, 16 bytes
 *   48  zeros
 *   60  u32 CRC-32 of bytes 0 to 59
 *
 * A record without a body marks the start of a segment: it says where numbering goes on. One without events may have a body: an
 * agent's last word.
 */

import { crc32 } from 'node:zlib';

export const headerBytes = 64;
/** A body is a compressed batch, far smaller; a larger length is not one of ours. */
export const largestBody = 64 * 1024 * 1024;

const magic = Buffer.from('PKS1', 'latin1');

/** Which events a record holds. */
export interface Numbering {
  /** 16 hex digits. */
  readonly stream: string;
  /** Kernel boot id, 32 hex digits. */
  readonly boot: string;
  readonly firstSequence: number;
  readonly events: number;
}

export interface Header extends Numbering {
  /** Length of the body, bytes. */
  readonly length: number;
  readonly bodyCrc: number;
}

/** Header and body as they lie in the file. */
export function encodeRecord({ stream, boot, firstSequence, events }: Numbering, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + body.length);
  bytes.fill(0, 0, headerBytes);
  magic.copy(bytes);
  bytes.writeUInt32LE(body.length, 4);
  bytes.writeBigUInt64LE(BigInt(firstSequence), 8);
  bytes.writeUInt32LE(events, 16);
  bytes.writeUInt32LE(crc32(body), 20);
  bytes.write(stream, 24, 8, 'hex');
  bytes.write(boot, 32, 16, 'hex');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  bytes.set(body, headerBytes);
  return bytes;
}

/** undefined: no header begins there. */
export function decodeHeader(bytes: Buffer, at = 0): Header | undefined {
  if (bytes.length - at < headerBytes || bytes.compare(magic, 0, 4, at, at + 4) !== 0) return undefined;
  if (bytes.readUInt32LE(at + 60) !== crc32(bytes.subarray(at, at + 60))) return undefined;
  const header = {
    length: bytes.readUInt32LE(at + 4),
    firstSequence: Number(bytes.readBigUInt64LE(at + 8)),
    events: bytes.readUInt32LE(at + 16),
    bodyCrc: bytes.readUInt32LE(at + 20),
    stream: bytes.toString('hex', at + 24, at + 32),
    boot: bytes.toString('hex', at + 32, at + 48),
  };
  return header.length <= largestBody ? header : undefined;
}

/** Where the next header begins at or after `from`; the end where there is none. */
export function nextHeader(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(magic, from); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (decodeHeader(bytes, at)) return at;
  }
  return bytes.length;
}
