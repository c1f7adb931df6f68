/**
 * One record of a segment: a message with its offset, framed so that damage is found and stepped over.
 *
 *   0  u32  magic
 *   4  u32  body length in bytes
 *   8  f64  offset of the message (whole, below 2^53)
 *  16  u32  crc32 of the body
 *  20  u32  crc32 of the 20 bytes before, started with the segment's salt
 *  24  body: u32 length of a JSON array [key, headers], that array, the value
 *
 * All numbers are little endian. The header has a checksum of its own, so a flipped bit in a body costs this record and no
 * other. The salt is random and never leaves the disk: a value that looks like a record header cannot be taken for one.
 */

import { crc32 } from 'node:zlib';
import type { Message } from '../../ports/bus.ts';

export const recordHeaderBytes = 24;
const magic = 0x314b4350;

/** A record found in a buffer. */
export interface Frame {
  readonly offset: number;
  /** Where the body starts and ends in the buffer. */
  readonly start: number;
  readonly end: number;
}

/** The buffers that hold `message` as record `offset`, in the order in which they go to disk. The value is not copied. */
export function encodeRecord(
  message: Message,
  offset: number,
  salt: number,
): readonly [head: Buffer, value: Uint8Array] {
  const meta = JSON.stringify([message.key, message.headers]);
  const metaBytes = Buffer.byteLength(meta);
  const head = Buffer.allocUnsafe(recordHeaderBytes + 4 + metaBytes);
  head.writeUInt32LE(metaBytes, recordHeaderBytes);
  head.write(meta, recordHeaderBytes + 4);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(4 + metaBytes + message.value.length, 4);
  head.writeDoubleLE(offset, 8);
  head.writeUInt32LE(crc32(message.value, crc32(head.subarray(recordHeaderBytes))), 16);
  head.writeUInt32LE(crc32(head.subarray(0, 20), salt), 20);
  return [head, message.value];
}

/** The record whose header stands at `at`, whether its body is all there or not; `undefined` where there is no sound header. */
export function frameAt(buffer: Buffer, at: number, salt: number): Frame | undefined {
  if (at + recordHeaderBytes > buffer.length || buffer.readUInt32LE(at) !== magic) return undefined;
  if (crc32(buffer.subarray(at, at + 20), salt) !== buffer.readUInt32LE(at + 20)) return undefined;
  const start = at + recordHeaderBytes;
  return { offset: buffer.readDoubleLE(at + 8), start, end: start + buffer.readUInt32LE(at + 4) };
}

/** The first place at or after `from` where a header may stand, or -1; `frameAt` tells whether it is one. */
export function nextMagic(buffer: Buffer, from: number): number {
  return buffer.indexOf('PCK1', from, 'latin1');
}

/** The message of a frame whose body is all in `buffer`; `undefined` where the body is damaged. Shares memory with `buffer`. */
export function decodeBody(buffer: Buffer, frame: Frame): Message | undefined {
  const body = buffer.subarray(frame.start, frame.end);
  if (crc32(body) !== buffer.readUInt32LE(frame.start - 8)) return undefined;
  const metaEnd = 4 + body.readUInt32LE(0);
  const [key, headers] = JSON.parse(body.toString('utf8', 4, metaEnd)) as [string, Record<string, string>];
  return { key, headers, value: body.subarray(metaEnd) };
}
