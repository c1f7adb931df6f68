/**
 * A message of the domain name system (RFC 1035, section 4), as far as it says which addresses a name has. It comes from whoever
 * a process talks to: nothing is believed, every step is bounded, and what does not fit ends the reading with what was read by then.
 */

import type { ByteString } from '../sensor/event.ts';

export interface NameMessage {
  readonly id: number;
  readonly isAnswer: boolean;
  /** The answer's code: 0 no error, 3 no such name. */
  readonly code: number;
  /** The name that was asked for, in lower case, without the dot at its end. */
  readonly name: ByteString;
  /** What of it: 1 A, 28 AAAA, 16 TXT, … */
  readonly type: number;
  /** Of all A and AAAA records, 4 or 16 bytes each, whichever alias leads to them. */
  readonly addresses: readonly ByteString[];
}

const headerBytes = 12;
const longestName = 255;
/** Each jump of a compressed name goes back, so this many lead from the end to the beginning of any message that counts. */
const mostJumps = 32;
const mostRecords = 64;
const internet = 1;
const addressBytes: Readonly<Record<number, number>> = { 1: 4, 28: 16 };

/** Undefined for what is no message with exactly one question. */
export function parseMessage(bytes: Buffer): NameMessage | undefined {
  if (bytes.length < headerBytes || bytes.readUInt16BE(4) !== 1) return undefined;
  const asked = nameAt(bytes, headerBytes);
  if (!asked || asked.end + 4 > bytes.length) return undefined;
  const flags = bytes.readUInt16BE(2);
  const isAnswer = (flags & 0x8000) !== 0;
  return {
    id: bytes.readUInt16BE(0),
    isAnswer,
    code: flags & 0xf,
    name: asked.name,
    type: bytes.readUInt16BE(asked.end),
    addresses: isAnswer ? addressesFrom(bytes, asked.end + 4, bytes.readUInt16BE(6)) : [],
  };
}

/** Of the answer's records from `at` on; a message that was cut gives those before the cut. */
function addressesFrom(bytes: Buffer, start: number, records: number): ByteString[] {
  const addresses: ByteString[] = [];
  let at = start;
  for (let i = 0; i < records && i < mostRecords; i++) {
    const owner = nameAt(bytes, at);
    if (!owner || owner.end + 10 > bytes.length) break;
    const type = bytes.readUInt16BE(owner.end);
    const kind = bytes.readUInt16BE(owner.end + 2);
    const length = bytes.readUInt16BE(owner.end + 8);
    const data = owner.end + 10;
    at = data + length;
    if (at > bytes.length) break;
    if (kind === internet && length === addressBytes[type]) addresses.push(bytes.toString('latin1', data, at));
  }
  return addresses;
}

/** The name at `start` and where it ends there; a dot inside a label is written `\.`. */
function nameAt(bytes: Buffer, start: number): { name: ByteString; end: number } | undefined {
  const labels: ByteString[] = [];
  let end = 0;
  let jumps = 0;
  let length = 0;
  for (let at = start; ; ) {
    const size = bytes[at];
    if (size === undefined) return undefined;
    if (size >= 0xc0) {
      if (at + 1 >= bytes.length) return undefined;
      const to = bytes.readUInt16BE(at) & 0x3fff;
      if (to >= at || ++jumps > mostJumps) return undefined;
      end ||= at + 2;
      at = to;
      continue;
    }
    if (size > 63) return undefined;
    at += 1;
    if (size === 0) return { name: labels.join('.'), end: end || at };
    length += size + 1;
    if (length > longestName || at + size > bytes.length) return undefined;
    labels.push(lower(bytes.toString('latin1', at, at + size)).replaceAll('.', '\\.'));
    at += size;
  }
}

/** Of ASCII alone: other bytes stay as they are. */
const lower = (label: ByteString): ByteString => label.replace(/[A-Z]+/g, letters => letters.toLowerCase());
