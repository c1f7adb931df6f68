/** A small disk of its own that can be filled to the last byte: a tmpfs, which takes root to mount. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Fills it until so many bytes are free. */
  leave(bytes: number): void;
  /** Gives the room back that `leave` took. */
  clear(): void;
  unmount(): void;
}

/** `undefined` where this user may not mount. Its pages are memory only as far as they are used. */
export function mountSmallDisk(kibibytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'picket-small-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=0755`, 'picket-test', folder]);
  if (status !== 0) {
    rmdirSync(folder);
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  const free = () => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    folder,
    leave(bytes) {
      const size = free() - bytes;
      // Others write meanwhile: what they took is not there for the ballast any more, and the disk is as full.
      if (size > 0) spawnSync('fallocate', ['-l', String(size), ballast]);
      if (bytes === 0) spawnSync('sh', ['-c', `cat /dev/zero >>"${ballast}"`]);
    },
    clear: () => rmSync(ballast, { force: true }),
    unmount() {
      execFileSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    },
  };
}
