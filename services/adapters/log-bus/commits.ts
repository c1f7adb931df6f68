/** What each group of a topic has committed: one small file a group, replaced in one step. */

import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

export class Commits {
  #folder: string;
  #offsets: Map<string, number>;
  #written = new Map<string, number>();
  #writing = new Map<string, Promise<void>>();

  private constructor(folder: string, offsets: Map<string, number>) {
    this.#folder = folder;
    this.#offsets = offsets;
  }

  static async open(folder: string): Promise<Commits> {
    const offsets = new Map<string, number>();
    for (const name of await readdir(folder)) {
      const group = /^([a-z0-9-]+)\.committed$/.exec(name)?.[1];
      if (group === undefined) continue;
      const offset = Number((await readFile(join(folder, name), 'utf8')).trim() || Number.NaN);
      if (Number.isSafeInteger(offset)) offsets.set(group, offset);
    }
    return new Commits(folder, offsets);
  }

  /** Last offset that the group needs no more; `undefined` where it never committed. */
  committed(group: string): number | undefined {
    return this.#offsets.get(group);
  }

  /** Resolves when `offset`, or a later one, is on disk. Commits that come while one is written share the next write. */
  commit(group: string, offset: number): Promise<void> {
    const before = this.#offsets.get(group);
    if (before === undefined || offset > before) this.#offsets.set(group, offset);
    const write = (this.#writing.get(group) ?? Promise.resolve()).catch(() => undefined).then(() => this.#write(group));
    this.#writing.set(group, write);
    return write;
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writing.values());
  }

  async #write(group: string): Promise<void> {
    const offset = this.#offsets.get(group)!;
    if (this.#written.get(group) === offset) return;
    const path = join(this.#folder, `${group}.committed`);
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(`${offset}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    this.#written.set(group, offset);
  }
}
