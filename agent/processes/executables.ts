/**
 * Hashes the executables that run on this host, and asks which package each belongs to: once for each version of a file, one after
 * the other, slowly, and never in the way of events. A process can be told before its hash is known; its later events have it.
 * A large file has its turns when no smaller one waits, and what is larger than any program is not read at all: who executes a
 * sparse file is not to keep the others without a hash.
 *
 * A file is opened as the kernel has it (/proc/PID/exe: any mount namespace, deleted files, files in memory) or, when the process
 * has ended, by its path; it is hashed only if it is still the version that was executed.
 */

import { createHash, type Hash } from 'node:crypto';
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
  /** Files above that are not hashed. */
  readonly largestBytes?: number;
  /** What is read of a file before it is another's turn. */
  readonly turnBytes?: number;
  /** Versions of files that are remembered. */
  readonly limit?: number;
  /** Files that wait to be hashed, and as many that wait for their package. */
  readonly waiting?: number;
  readonly pause?: (millis: number) => Promise<unknown>;
}

/** A version of a file, and how far it has been found out. */
interface Version {
  readonly executable: Executable;
  /** The next process that runs it has it looked at: nobody has yet, or it failed. */
  wanted: boolean;
  failures: number;
  /** Its package is asked for, or known. */
  asked: boolean;
}

interface Job {
  readonly pid: number;
  readonly path: ByteString;
  readonly file: FileVersion;
  readonly onHost: boolean;
  readonly version: Version;
  /** How far it was read in earlier turns. */
  readonly hash: Hash;
  read: number;
}

const pieceBytes = 256 * 1024;
/** Whoever puts a named pipe or a device in an executable's place is to hold up nobody. */
const reading = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Programs are asked for their packages together: the database is read through for each question, whatever its length. */
const ownersMillis = 20_000;
const ownersMost = 200;
/** After so many a version is left as it is. */
const mostFailures = 5;

export class Executables {
  readonly #options: Required<ExecutablesOptions>;
  readonly #known = new Map<string, Version>();
  readonly #buffer = Buffer.allocUnsafe(pieceBytes);
  #jobs: Job[] = [];
  /** Those that take more than a turn. */
  #long: Job[] = [];
  readonly #ownerless = new Map<ByteString, Version[]>();
  /** In all lists of `#ownerless`: who is hashed fast is not to fill the memory while packages are asked for slowly. */
  #ownerlessCount = 0;
  #working: Promise<void> | undefined;
  #asking: NodeJS.Timeout | undefined;
  #answer: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(options: ExecutablesOptions) {
    this.#options = {
      proc: '/proc',
      bytesPerSecond: 16 * 2 ** 20,
      largestBytes: 2 ** 30,
      turnBytes: 16 * 2 ** 20,
      limit: 8_192,
      waiting: 2_048,
      pause: millis => delay(millis),
      ...options,
    };
  }

  /** What is known of the image's executable; what is not, is found out, and what failed is tried again. */
  of({ pid, exe, file, mountNamespace }: Image): Executable {
    if (!file) return unknownExecutable;
    const version = this.#versionOf(versionKey(file));
    if (!version.wanted) return version.executable;
    if (this.#jobs.length + this.#long.length >= this.#options.waiting) {
      this.#options.count('hash.crowded');
      return version.executable;
    }
    version.wanted = false;
    const onHost = mountNamespace === this.#options.host.namespace;
    const job = { pid, path: exe, file, onHost, version, hash: createHash('sha256'), read: 0 };
    (file.bytes > this.#options.turnBytes ? this.#long : this.#jobs).push(job);
    this.#working ??= this.#work();
    return version.executable;
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
    this.#long = [];
    await this.#working;
    clearTimeout(this.#asking);
    await this.#answer;
  }

  #versionOf(key: string): Version {
    const known = this.#known.get(key);
    if (known) return known;
    const version: Version = { executable: { hash: '', package: '' }, wanted: true, failures: 0, asked: false };
    this.#known.set(key, version);
    if (this.#known.size > this.#options.limit) this.#known.delete(this.#known.keys().next().value!);
    return version;
  }

  async #work(): Promise<void> {
    // Not within the event that brought the first one.
    await this.#options.pause(0);
    for (let job = this.#next(); job && !this.#closing.signal.aborted; job = this.#next()) {
      const isThrough = job.version.executable.hash !== '' || (await this.#learnHash(job));
      if (isThrough && job.onHost) this.#askOwner(job);
    }
    this.#working = undefined;
  }

  /** The newest first: its process is the likeliest to run still. Of the long ones that of which the least is left. */
  #next(): Job | undefined {
    if (this.#jobs.length === 0) this.#long.sort((a, b) => left(b) - left(a));
    return this.#jobs.pop() ?? this.#long.pop();
  }

  /** False: the file has another turn. */
  async #learnHash(job: Job): Promise<boolean> {
    const { version, file, hash } = job;
    if (file.bytes > this.#options.largestBytes) {
      this.#options.count('hash.too-large');
      version.failures = mostFailures;
    } else if (!(await this.#readOn(job))) {
      this.#failed(version, 'hash.unknown');
    } else if (left(job) > 0) {
      this.#long.push(job);
      return false;
    } else {
      version.executable.hash = hash.digest('latin1' as 'hex');
    }
    return true;
  }

  #failed(version: Version, loss: string): void {
    this.#options.count(loss);
    version.wanted = ++version.failures < mostFailures;
  }

  /** False: the file is gone, or another by now. */
  async #readOn(job: Job): Promise<boolean> {
    const { proc, host } = this.#options;
    const places = [`${proc}/${job.pid}/exe`, ...(job.onHost ? [`${host.root}${job.path}`] : [])];
    for (const place of places) {
      const handle = await open(Buffer.from(place, 'latin1'), reading).catch(() => undefined);
      if (!handle) continue;
      try {
        if (!(await isVersion(handle, job.file))) continue;
        await this.#turn(handle, job);
        if (await isVersion(handle, job.file)) return true;
      } catch {
        // An input error of the disk: as good as no file.
      } finally {
        await handle.close();
      }
    }
    return false;
  }

  async #turn(handle: FileHandle, job: Job): Promise<void> {
    const { turnBytes, bytesPerSecond, pause } = this.#options;
    const end = Math.min(job.read + turnBytes, job.file.bytes);
    while (job.read < end && !this.#closing.signal.aborted) {
      const { bytesRead } = await handle.read(this.#buffer, 0, Math.min(pieceBytes, end - job.read), job.read);
      if (bytesRead === 0)
        throw new Error(`${job.file.bytes} bytes were expected, and after ${job.read} there are none`);
      job.hash.update(this.#buffer.subarray(0, bytesRead));
      job.read += bytesRead;
      await pause((bytesRead * 1000) / bytesPerSecond);
    }
  }

  #askOwner({ path, version }: Job): void {
    if (!this.#options.owners || version.asked) return;
    if (this.#ownerlessCount >= this.#options.waiting) {
      this.#options.count('package.crowded');
      version.wanted = true;
      return;
    }
    version.asked = true;
    this.#ownerlessCount++;
    const same = this.#ownerless.get(path);
    if (same) same.push(version);
    else this.#ownerless.set(path, [version]);
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
      const versions = this.#ownerless.get(path) ?? [];
      for (const version of versions) {
        version.executable.package = owners?.get(path) ?? '';
        version.asked = owners !== undefined;
        version.wanted ||= !owners && ++version.failures < mostFailures;
      }
      this.#ownerlessCount -= versions.length;
      this.#ownerless.delete(path);
    }
    this.#asking = this.#ownerless.size > 0 ? this.#askSoon() : undefined;
  }
}

const left = ({ file, read }: Job): number => file.bytes - read;

/** By size and change time: device and inode are not the same to stat(2) and in the kernel on every file system (btrfs, overlay). */
async function isVersion(handle: FileHandle, { bytes, changed, changedNanos }: FileVersion): Promise<boolean> {
  const { size, ctimeNs } = await handle.stat({ bigint: true });
  return Number(size) === bytes && ctimeNs === BigInt(changed) * 1_000_000_000n + BigInt(changedNanos);
}
