/**
 * A disk that loses its power. Watches what is written below a folder, passes it on, and knows what a power cut may leave of it: what
 * was synced is there; of what was not, each sector may have reached the platter or not, in any order, a file may end anywhere
 * behind its synced part, and a name that was made or removed counts only once its folder was synced.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';

const sector = 512;

/** Numbers from 0 to `below` - 1, in an order that the test's seed decides. */
export type Chance = (below: number) => number;

interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}

interface Kept {
  /** Content at the last sync. */
  synced: Buffer;
  /** What came after it, oldest first; a number is a length that the file was cut to. */
  since: (Write | number)[];
  /** Whether its name is on the platter. */
  named: boolean;
  removed: boolean;
}

export class Disk {
  readonly #folder: string;
  readonly #files = new Map<string, Kept>();
  readonly #open = new Map<number, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Watches while `act` runs, which may not wait for anything. */
  watch<T>(act: () => T): T {
    const { existsSync, openSync, closeSync, writeSync, ftruncateSync, unlinkSync, fdatasyncSync, fsyncSync } = fs;
    const real = { openSync, closeSync, writeSync, ftruncateSync, unlinkSync, fdatasyncSync, fsyncSync };
    fs.openSync = ((path: string, ...rest: [fs.OpenMode, fs.Mode?]) => {
      const isNew = !existsSync(path);
      const fd = real.openSync(path, ...rest);
      if (dirname(path) === this.#folder || path === this.#folder) this.#open.set(fd, path);
      if (isNew && dirname(path) === this.#folder)
        this.#files.set(basename(path), { synced: Buffer.alloc(0), since: [], named: false, removed: false });
      return fd;
    }) as typeof fs.openSync;
    fs.closeSync = fd => {
      this.#open.delete(fd);
      real.closeSync(fd);
    };
    fs.writeSync = ((fd: number, bytes: Buffer, from: number, length: number, at: number) => {
      const written = real.writeSync(fd, bytes, from, length, at);
      this.#of(fd)?.since.push({ at, bytes: Buffer.from(bytes.subarray(from, from + written)) });
      return written;
    }) as typeof fs.writeSync;
    fs.ftruncateSync = (fd, length) => {
      real.ftruncateSync(fd, length);
      this.#of(fd)?.since.push(length ?? 0);
    };
    fs.unlinkSync = path => {
      real.unlinkSync(path);
      const file = this.#files.get(basename(String(path)));
      if (file) file.removed = true;
    };
    fs.fdatasyncSync = fd => this.#sync(fd, real.fdatasyncSync);
    fs.fsyncSync = fd => this.#sync(fd, real.fsyncSync);
    syncBuiltinESMExports();
    try {
      return act();
    } finally {
      Object.assign(fs, real);
      syncBuiltinESMExports();
    }
  }

  /** Names of files that a power cut can take nothing from. */
  get safe(): string[] {
    return [...this.#files].flatMap(([name, { since, named, removed }]) =>
      named && !removed && since.length === 0 ? [name] : [],
    );
  }

  /** Writes into `folder` one of the states that a power cut may leave. */
  cut(folder: string, chance: Chance): void {
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, file] of this.#files) {
      if ((!file.named || file.removed) && chance(2) === 0) continue;
      fs.writeFileSync(join(folder, name), remains(file, chance));
    }
  }

  #of(fd: number): Kept | undefined {
    const path = this.#open.get(fd);
    return path === undefined ? undefined : this.#files.get(basename(path));
  }

  #sync(fd: number, sync: (fd: number) => void): void {
    sync(fd);
    const path = this.#open.get(fd);
    if (path === this.#folder) {
      for (const [name, file] of this.#files) {
        if (file.removed) this.#files.delete(name);
        else file.named = true;
      }
      return;
    }
    const file = this.#of(fd);
    if (!file || path === undefined) return;
    file.synced = fs.readFileSync(path);
    file.since = [];
  }
}

function remains({ synced, since }: Kept, chance: Chance): Buffer {
  let bytes = Buffer.from(synced);
  for (const change of since) {
    if (typeof change === 'number') {
      if (chance(2) === 0) bytes = bytes.subarray(0, Math.min(change, bytes.length));
      continue;
    }
    const end = change.at + change.bytes.length;
    for (let from = change.at; from < end; ) {
      const to = Math.min(end, (Math.floor(from / sector) + 1) * sector);
      if (chance(4) > 0) {
        if (to > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(to - bytes.length)]);
        change.bytes.copy(bytes, from, from - change.at, to - change.at);
      }
      from = to;
    }
  }
  const unsure = bytes.length - synced.length;
  return unsure > 0 && chance(2) === 0 ? bytes.subarray(0, synced.length + chance(unsure)) : bytes;
}
