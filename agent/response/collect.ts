/** Metadata and SHA-256 of a file, which stays where it is. */

import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import type { CollectedFile } from '@picket/proto';
import type { Ending } from './report.ts';

export interface CollectLimits {
  /** Files beyond it are not hashed, bytes. */
  readonly bytes: number;
  readonly millis: number;
}

export const collectLimits: CollectLimits = { bytes: 2 ** 30, millis: 60_000 };

const pieceBytes = 1 << 20;
/** A link is not followed: it is what is asked for. Whoever puts a named pipe or a device in its place is to hold up nobody. */
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** @param root put before the path: where the host's own files are */
export async function collect(path: string, root: string, limits: CollectLimits = collectLimits): Promise<Ending> {
  try {
    const place = `${root}${path}`;
    const found = await lstat(place, { bigint: true });
    if (found.isSymbolicLink()) {
      const target = await readlink(place);
      return { outcome: 'done', detail: `A link to ${target}`, file: described(path, found, { target }) };
    }
    if (!found.isFile()) {
      return { outcome: 'done', detail: `No regular file: a ${typeOf(found)}`, file: described(path, found, {}) };
    }
    const handle = await open(place, reading);
    try {
      const stat = await handle.stat({ bigint: true });
      const { sha256, why } = await digest(handle, limits);
      const after = await handle.stat({ bigint: true });
      // Its owner sets a file's modification time as he likes; the change time is the kernel's alone.
      const changed = after.ctimeNs !== stat.ctimeNs || after.size !== stat.size;
      const words =
        why ?? (changed ? 'It was written to while it was read: the hash is of no one version' : 'Hashed whole');
      return { outcome: 'done', detail: words, file: described(path, stat, { sha256 }) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { outcome: 'failed', detail: `There is no file ${path}` };
    return { outcome: 'failed', detail: `It cannot be read: ${message}` };
  }
}

async function digest(handle: FileHandle, limits: CollectLimits): Promise<{ sha256: string | null; why?: string }> {
  const hash = createHash('sha256');
  const end = performance.now() + limits.millis;
  const piece = Buffer.allocUnsafe(pieceBytes);
  for (let read = 0; ; ) {
    const { bytesRead } = await handle.read(piece, 0, pieceBytes, read);
    if (bytesRead === 0) return { sha256: hash.digest('hex') };
    read += bytesRead;
    if (read > limits.bytes) return { sha256: null, why: `Not hashed: it has more than ${limits.bytes} bytes` };
    if (performance.now() > end)
      return { sha256: null, why: `Not hashed: it took more than ${limits.millis / 1000} s` };
    hash.update(piece.subarray(0, bytesRead));
  }
}

function described(path: string, stat: BigIntStats, more: Partial<CollectedFile>): CollectedFile {
  const micros = (nanos: bigint) => Number(nanos / 1000n);
  return {
    path,
    type: typeOf(stat),
    bytes: Number(stat.size),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    accessedMicros: micros(stat.atimeNs),
    modifiedMicros: micros(stat.mtimeNs),
    changedMicros: micros(stat.ctimeNs),
    bornMicros: stat.birthtimeNs === 0n ? null : micros(stat.birthtimeNs),
    target: null,
    sha256: null,
    ...more,
  };
}

function typeOf(stat: BigIntStats): CollectedFile['type'] {
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isDirectory()) return 'folder';
  if (stat.isFIFO()) return 'pipe';
  if (stat.isSocket()) return 'socket';
  return stat.isFile() ? 'file' : 'device';
}
