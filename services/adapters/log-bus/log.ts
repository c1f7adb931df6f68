/**
 * The log of one topic: consecutive segments in a folder, the newest being written.
 *
 * Invariants
 * - An append resolves after fdatasync; everything that waits meanwhile shares the next sync (group commit).
 * - Readers see what is durable and nothing else: `Segment.bytes` moves after the sync.
 * - A failed append leaves nothing behind: the file is cut back before anything else is written to it.
 * - An offset is never given twice. A new log starts at the time of its birth in microseconds, so that it lies beyond one
 *   that was deleted; and what a crash tore off could have held at most one record in `recordHeaderBytes`, so numbering
 *   goes on behind those.
 * - Only whole segments that nobody needs are deleted, oldest first. When the rest reaches `capBytes`, or the disk has
 *   less than `reserveBytes` left, appends reject with `BusFull` until there is room again.
 */

import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BusFull, type Message } from '../../ports/bus.ts';
import { encodeRecord, recordHeaderBytes } from './record.ts';
import {
  readSalt,
  type Segment,
  SegmentReader,
  segmentBase,
  segmentHeaderBytes,
  segmentPath,
  startSegment,
} from './segment.ts';

export interface LogOptions {
  readonly folder: string;
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytes: number;
  readonly capBytes: number;
  /** What happens at the cap: the append is refused, or the oldest segment goes, needed or not, and is counted. */
  readonly atCap: 'refuse' | 'drop-oldest';
  /** Free space that the disk keeps for others. */
  readonly reserveBytes: number;
  /** Where the offsets of a new log start. */
  readonly birth: number;
}

/** What a log has lost since it was opened, by name; never silently. */
export interface LogLosses {
  /** Bytes behind the last sound record when the log was opened: appends that a crash interrupted. */
  tornBytes: number;
  /** Segments that could not be read at all, kept beside the log as `*.damaged`. */
  damagedSegments: number;
  /** Messages dropped at the cap. */
  dropped: number;
}

interface Append {
  readonly messages: readonly Message[];
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Most messages and bytes that share one sync. */
const groupLimit = { messages: 1024, bytes: 16 << 20 };

export class Log {
  readonly losses: LogLosses;
  #options: LogOptions;
  #segments: Segment[];
  #file: FileHandle | undefined;
  #salt = 0;
  #next: number;
  #waiting: Append[] = [];
  #draining: Promise<void> | undefined;
  #cutBefore = false;
  #version = 0;
  #watchers = new Set<() => void>();

  private constructor(options: LogOptions, segments: Segment[], next: number, losses: LogLosses) {
    this.#options = options;
    this.#segments = segments;
    this.#next = next;
    this.losses = losses;
  }

  static async open(options: LogOptions): Promise<Log> {
    await makeFolder(options.folder);
    const segments: Segment[] = [];
    for (const name of (await readdir(options.folder)).sort()) {
      const base = segmentBase(name);
      if (base === undefined) continue;
      const path = segmentPath(options.folder, base);
      segments.push({ path, base, bytes: (await stat(path)).size });
    }
    const losses: LogLosses = { tornBytes: 0, damagedSegments: 0, dropped: 0 };
    const next = segments.length > 0 ? await recover(segments, losses) : options.birth;
    const log = new Log(options, segments, next, losses);
    const last = segments.at(-1);
    if (last) await log.#reopen(last);
    return log;
  }

  /** Segments from the oldest; the last one may be growing. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** No message with a smaller offset is held. */
  get first(): number {
    return this.#segments[0]?.base ?? this.#next;
  }

  /** Offset that the next durable message will have at least. */
  get next(): number {
    return this.#next;
  }

  get bytes(): number {
    let sum = 0;
    for (const segment of this.#segments) sum += segment.bytes;
    return sum;
  }

  /** Resolves when all messages are durable; rejects with `BusFull`, or the disk's error, having kept none of them. */
  append(messages: readonly Message[]): Promise<void> {
    let bytes = 0;
    for (const message of messages) bytes += recordHeaderBytes + 256 + message.value.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, bytes, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Grows with each append; what a reader remembers to notice that there is more. */
  get version(): number {
    return this.#version;
  }

  /** Resolves when something was appended since `version`, or when `signal` aborts. */
  grown(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const done = () => {
        this.#watchers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#watchers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Deletes the segments of which no message at or after `offset` is part. The newest stays: its name carries the numbering. */
  async release(offset: number): Promise<void> {
    while (this.#segments.length > 1 && this.#segments[1]!.base <= offset) await this.#dropOldest();
  }

  async close(): Promise<void> {
    await this.#draining;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#write(group);
        for (const append of group) append.resolve();
      } catch (error) {
        const reason = outOfSpace(error)
          ? new BusFull(`The disk under ${this.#options.folder} is full`, { cause: error })
          : error;
        for (const append of group) append.reject(reason);
      }
    }
    this.#draining = undefined;
  }

  #takeGroup(): Append[] {
    let messages = 0;
    let bytes = 0;
    let count = 0;
    for (const append of this.#waiting) {
      messages += append.messages.length;
      bytes += append.bytes;
      if (count > 0 && (messages > groupLimit.messages || bytes > groupLimit.bytes)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(group: readonly Append[]): Promise<void> {
    const needed = group.reduce((sum, append) => sum + append.bytes, 0);
    await this.#makeRoom(needed);
    const active = this.#segments.at(-1);
    if (this.#cutBefore && active) {
      await this.#file!.truncate(active.bytes);
      this.#cutBefore = false;
    }
    const segment = active && active.bytes < this.#options.segmentBytes ? active : await this.#roll();
    const file = this.#file!;
    const buffers: Uint8Array[] = [];
    let offset = this.#next;
    let bytes = 0;
    for (const append of group) {
      for (const message of append.messages) {
        const [head, value] = encodeRecord(message, offset++, this.#salt);
        buffers.push(head, value);
        bytes += head.length + value.length;
      }
    }
    this.#cutBefore = true;
    try {
      await writeAll(file, buffers, bytes, segment.bytes);
      await file.datasync();
    } catch (error) {
      await file.truncate(segment.bytes);
      this.#cutBefore = false;
      throw error;
    }
    this.#cutBefore = false;
    segment.bytes += bytes;
    this.#next = offset;
    this.#version++;
    for (const watcher of [...this.#watchers]) watcher();
  }

  async #makeRoom(needed: number): Promise<void> {
    const { capBytes, atCap, reserveBytes, folder } = this.#options;
    while (this.bytes + needed > capBytes) {
      if (atCap === 'refuse' || this.#segments.length < 2) {
        throw new BusFull(
          `${folder} holds ${this.bytes} bytes of the ${capBytes} that it may; its consumers are behind`,
        );
      }
      this.losses.dropped += this.#segments[1]!.base - this.#segments[0]!.base;
      await this.#dropOldest();
    }
    if (reserveBytes === 0) return;
    const disk = await statfs(folder);
    if (disk.bavail * disk.bsize < reserveBytes + needed) {
      throw new BusFull(`The disk under ${folder} has less than ${reserveBytes} bytes left`);
    }
  }

  async #dropOldest(): Promise<void> {
    const [oldest] = this.#segments.splice(0, 1);
    await rm(oldest!.path, { force: true });
  }

  async #roll(): Promise<Segment> {
    const path = segmentPath(this.#options.folder, this.#next);
    const file = await open(path, 'w', 0o600);
    try {
      this.#salt = await startSegment(file);
      await file.datasync();
      await syncFolder(this.#options.folder);
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await this.#file?.close();
    this.#file = file;
    const segment: Segment = { path, base: this.#next, bytes: segmentHeaderBytes };
    this.#segments.push(segment);
    return segment;
  }

  async #reopen(segment: Segment): Promise<void> {
    this.#file = await open(segment.path, 'r+');
    this.#salt = (await readSalt(this.#file))!;
  }
}

/** Finds the end of the last segment and cuts what a crash left behind it; returns the offset to go on with. */
async function recover(segments: Segment[], losses: LogLosses): Promise<number> {
  const last = segments.at(-1)!;
  const reader = await SegmentReader.open(last.path);
  if (!reader) {
    // Cut in the middle of its header it held nothing yet; otherwise it is kept for whoever wants to look into it.
    segments.pop();
    if (last.bytes <= segmentHeaderBytes) {
      await rm(last.path);
    } else {
      losses.damagedSegments++;
      await rename(last.path, `${last.path}.damaged`);
    }
    const next = last.base + Math.ceil(last.bytes / recordHeaderBytes);
    if (segments.length === 0) return next;
    return Math.max(next, await recover(segments, losses));
  }
  try {
    let end = segmentHeaderBytes;
    let next = last.base;
    for (;;) {
      const found = await reader.read(last.bytes, 4 << 20);
      if (found.length === 0) break;
      end = found.at(-1)!.end;
      next = found.at(-1)!.offset + 1;
    }
    const torn = last.bytes - end;
    if (torn > 0) {
      losses.tornBytes += torn;
      const file = await open(last.path, 'r+');
      await file.truncate(end);
      await file.datasync();
      await file.close();
      last.bytes = end;
    }
    return next + Math.ceil(torn / recordHeaderBytes);
  } finally {
    await reader.close();
  }
}

async function writeAll(file: FileHandle, buffers: Uint8Array[], bytes: number, position: number): Promise<void> {
  const { bytesWritten } = await file.writev(buffers, position);
  if (bytesWritten === bytes) return;
  // A short write: the rest in one piece, so that the disk says what is wrong with it.
  const rest = Buffer.concat(buffers).subarray(bytesWritten);
  for (let at = 0; at < rest.length; ) {
    at += (await file.write(rest, at, rest.length - at, position + bytesWritten + at)).bytesWritten;
  }
}

/** Makes the folder so that it is still there after a power failure: its name stands in the folder above. */
export async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function outOfSpace(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}
