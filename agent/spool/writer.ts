/** The segment that is written to. A record is in it whole or not at all, as far as the disk lets us. */

import {
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { encodeRecord, type Numbering } from './record.ts';

export class SegmentWriter {
  readonly #path: string;
  readonly #file: number;
  #size = 0;

  /** Makes the file and writes its first record, the marker. Throws the system's error (ENOSPC, EROFS, …) and leaves no file. */
  constructor(path: string, numbering: Omit<Numbering, 'events'>) {
    this.#path = path;
    this.#file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      this.append({ ...numbering, events: 0 }, new Uint8Array(0));
    } catch (error) {
      closeSync(this.#file);
      unlinkSync(path);
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Throws the system's error, having taken back what it wrote of the record. */
  append(numbering: Numbering, body: Uint8Array): void {
    const bytes = encodeRecord(numbering, body);
    let written = 0;
    try {
      while (written < bytes.length) {
        written += writeSync(this.#file, bytes, written, bytes.length - written, this.#size + written);
      }
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Closes the file when its bytes are on the disk, and its name in the folder. */
  close(): void {
    try {
      fdatasyncSync(this.#file);
      syncFolder(dirname(this.#path));
    } finally {
      closeSync(this.#file);
    }
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
