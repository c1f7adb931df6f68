/** User names by id, from a passwd file that is read again when it has changed. */

import { readFileSync, statSync } from 'node:fs';
import type { ByteString } from '../sensor/event.ts';

export class UserNames {
  readonly #file: string;
  #names = new Map<number, ByteString>();
  #version = '';

  constructor(file = '/etc/passwd') {
    this.#file = file;
    this.refresh();
  }

  /** '' where the file does not name the user: a container's, or one of a directory service. */
  name(uid: number): ByteString {
    return this.#names.get(uid) ?? '';
  }

  /** Reads the file again if it has another inode, size or time than before. Keeps what it knew when the file can't be read. */
  refresh(): void {
    try {
      const { ino, size, mtimeMs } = statSync(this.#file);
      const version = `${ino} ${size} ${mtimeMs}`;
      if (version === this.#version) return;
      this.#names = parsePasswd(readFileSync(this.#file, 'latin1'));
      this.#version = version;
    } catch {
      this.#version = '';
    }
  }
}

/** The first of several names of an id counts, as in getpwuid(3). */
function parsePasswd(text: string): Map<number, ByteString> {
  const names = new Map<number, ByteString>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}
