/**
 * Batches that the server will never take are kept beside the spool for whoever finds out why, the newest few of them:
 * `rejected/STREAM-SEQUENCE.zst`, an EventBatch compressed with zstd.
 */

import { mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pending } from './backlog.ts';

const keep = 16;

/** The file it was written to; undefined where the disk did not take it. */
export function setAside(spoolFolder: string, { stream, firstSequence, body }: Pending): string | undefined {
  const folder = join(spoolFolder, 'rejected');
  const file = join(folder, `${stream}-${String(firstSequence).padStart(16, '0')}.zst`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const names = readdirSync(folder).toSorted();
    for (const name of names.slice(0, Math.max(0, names.length - keep + 1))) unlinkSync(join(folder, name));
    writeFileSync(file, body, { mode: 0o600 });
    return file;
  } catch {
    return undefined;
  }
}
