/**
 * Hashes the executables that run on this host, and asks which package each belongs to: once for each version of a file, one after
 * the other, slowly, and never in the way of events. A process can be told before its hash is known; its later events have it.
 *
 * A file is opened as the kernel has it (/proc/PID/exe: any mount namespace, deleted files, files in memory) or, when the process
 * has ended, by its path; it is hashed only if it is still the version that was executed.
 */

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteString, FileVersion, Image } from '../sensor/event.ts';
import { type Executable, unknownExecutable, versionKey } from './executable.ts';
import type { PackageOwners } from './packages.ts';
import type { HostFiles } from './proc.ts';

export interface ExecutablesOptions {
  readonly count: (loss: string) => void;
  /** Names the packages of files, by path; undefined where there is none to ask. */
  readonly owners: PackageOwners | undefined;
  /** Where the files are that the packages of this host may own. */
  readonly host: HostFiles;
  readonly proc?: string;
  readonly bytesPerSecond?: number;
  /** Versions of files that are remembered. */
  readonly limit?: number;
  /** Files that wait to be hashed. */
  readonly waiting?: number;
  readonly pause?: (millis: number) => Promise<unknown>;
}

interface Job {
  readonly pid: number;
  readonly path: ByteString;
  readonly file: FileVersion;
  readonly onHost: boolean;
  readonly executable: Executable;
}

const pieceBytes = 256 * 1024;
/** Whoever puts a named pipe or a device in an executable's place is to hold up nobody. */
const reading = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Programs are asked for their packages together: the database is read through for each question, whatever its length. */
const ownersMillis = 20_000;
const ownersMost = 200;

export class Executables {
  readonly #options: Required<ExecutablesOptions>;
  readonly #known = new Map<string, Executable>();
  readonly #buffer = Buffer.allocUnsafe(pieceBytes);
  #jobs: Job[] = [];
  #ownerless = new Map<ByteString, Executable[]>();
  #working: Promise<void> | undefined;
  #asking: NodeJS.Timeout | undefined;
  #answer: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(options: ExecutablesOptions) {
    this.#options = {
      proc: '/proc',
      bytesPerSecond: 16 * 2 ** 20,
      limit: 8_192,
      waiting: 2_048,
      pause: millis => delay(millis, undefined, { ref: false }),
      ...options,
    };
  }

  /** What is known of the image's executable; what is not, is found out. */
  of({ pid, exe, file, mountNamespace }: Image): Executable {
    if (!file) return unknownExecutable;
    const key = versionKey(file);
    const known = this.#known.get(key);
    if (known) return known;
    const executable: Executable = { hash: '', package: '' };
    this.#known.set(key, executable);
    if (this.#known.size > this.#options.limit) this.#known.delete(this.#known.keys().next().value!);
    if (this.#jobs.length >= this.#options.waiting) {
      this.#options.count('hash.crowded');
      return executable;
    }
    this.#jobs.push({ pid, path: exe, file, onHost: mountNamespace === this.#options.host.namespace, executable });
    this.#working ??= this.#work();
    return executable;
  }

  /** Resolves when nothing is left to be hashed. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Resolves when the question for packages that is under way has been answered. */
  async asked(): Promise<void> {
    await this.#answer;
  }

  /** No file is read and no package asked for any more once this has resolved; a question that is under way is ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#jobs = [];
    await this.#working;
    clearTimeout(this.#asking);
    await this.#answer;
  }

  async #work(): Promise<void> {
    // Not within the event that brought the first one.
    await this.#options.pause(0);
    // The newest first: its process is the likeliest to run still.
    for (let job = this.#jobs.pop(); job && !this.#closing.signal.aborted; job = this.#jobs.pop()) {
      const hash = await this.#hash(job);
      if (hash === undefined) this.#options.count('hash.unknown');
      else job.executable.hash = hash;
      if (job.onHost) this.#askOwner(job);
    }
    this.#working = undefined;
  }

  async #hash(job: Job): Promise<ByteString | undefined> {
    const { proc, host } = this.#options;
    const places = [`${proc}/${job.pid}/exe`, ...(job.onHost ? [`${host.root}${job.path}`] : [])];
    for (const place of places) {
      const handle = await open(Buffer.from(place, 'latin1'), reading).catch(() => undefined);
      if (!handle) continue;
      try {
        if (await isVersion(handle, job.file)) return await this.#digest(handle);
      } catch {
        // An input error of the disk: as good as no file.
      } finally {
        await handle.close();
      }
    }
    return undefined;
  }

  async #digest(handle: FileHandle): Promise<ByteString | undefined> {
    const hash = createHash('sha256');
    for (;;) {
      const { bytesRead } = await handle.read(this.#buffer, 0, pieceBytes);
      if (bytesRead === 0) return hash.digest().toString('latin1');
      hash.update(this.#buffer.subarray(0, bytesRead));
      await this.#options.pause((bytesRead * 1000) / this.#options.bytesPerSecond);
      if (this.#closing.signal.aborted) return undefined;
    }
  }

  #askOwner({ path, executable }: Job): void {
    if (!this.#options.owners) return;
    const same = this.#ownerless.get(path);
    if (same) same.push(executable);
    else this.#ownerless.set(path, [executable]);
    this.#asking ??= this.#askSoon();
  }

  #askSoon(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#answer = this.#learnOwners();
    }, ownersMillis).unref();
  }

  async #learnOwners(): Promise<void> {
    const paths = [...this.#ownerless.keys()].slice(0, ownersMost);
    const { signal } = this.#closing;
    const owners = await this.#options.owners?.(paths, signal).catch(() => undefined);
    if (signal.aborted) return;
    if (!owners) this.#options.count('package.unknown');
    for (const path of paths) {
      for (const executable of this.#ownerless.get(path) ?? []) executable.package = owners?.get(path) ?? '';
      this.#ownerless.delete(path);
    }
    this.#asking = this.#ownerless.size > 0 ? this.#askSoon() : undefined;
  }
}

/** By size and change time: device and inode are not the same to stat(2) and in the kernel on every file system (btrfs, overlay). */
async function isVersion(handle: FileHandle, { bytes, changed, changedNanos }: FileVersion): Promise<boolean> {
  const { size, ctimeNs } = await handle.stat({ bigint: true });
  return Number(size) === bytes && ctimeNs === BigInt(changed) * 1_000_000_000n + BigInt(changedNanos);
}
