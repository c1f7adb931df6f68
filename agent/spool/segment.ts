/** One file of the spool, read record by record. Whatever lies in it, reading ends and says how it went. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { decodeHeader, type Header, headerBytes, nextHeader } from './record.ts';

/**
 * What stands at an offset; all but `end` go on at `next`. `torn`: the last record was not written to its end. `damaged`:
 * bytes changed after they were written. `events`: how many were in it, 1 where not even the header can be read.
 */
export type Found =
  | { readonly kind: 'record'; readonly header: Header; readonly body: Buffer; readonly next: number }
  | { readonly kind: 'damaged' | 'torn'; readonly events: number; readonly next: number }
  | { readonly kind: 'end' };

export class SegmentReader {
  readonly #file: number;

  /** Throws the system's error when the file can't be opened. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /** `at` is 0 or what an earlier `next` gave. */
  read(at: number): Found {
    const { size } = fstatSync(this.#file);
    if (at >= size) return { kind: 'end' };
    const head = this.#bytes(at, Math.min(headerBytes, size - at));
    const header = decodeHeader(head);
    const start = at + headerBytes;
    const cut = head.length < headerBytes || (header !== undefined && start + header.length > size);
    if (header && !cut) {
      const body = this.#bytes(start, header.length);
      if (body.length === header.length && crc32(body) === header.bodyCrc) {
        return { kind: 'record', header, body, next: start + header.length };
      }
    }
    const next = at + nextHeader(this.#bytes(at, size - at), 1);
    return { kind: cut && next === size ? 'torn' : 'damaged', events: header?.events ?? 1, next };
  }

  close(): void {
    closeSync(this.#file);
  }

  #bytes(from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, length, from));
  }
}

/** What a segment holds from an offset on, and how it ends. */
export interface Summary {
  readonly events: number;
  readonly batches: number;
  /** Header of the last record that can be read. */
  readonly last: Header | undefined;
  /** Nothing behind the last record. */
  readonly clean: boolean;
}

export function summarise(path: string, from: number): Summary {
  const reader = new SegmentReader(path);
  let [events, batches, clean] = [0, 0, true];
  let last: Header | undefined;
  try {
    for (let found = reader.read(from); found.kind !== 'end'; found = reader.read(found.next)) {
      clean = found.kind === 'record';
      if (found.kind !== 'record') continue;
      last = found.header;
      events += found.header.events;
      if (found.header.length > 0) batches++;
    }
  } finally {
    reader.close();
  }
  return { events, batches, last, clean };
}
