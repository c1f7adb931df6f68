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

/**
 * `undefined` where this user may not mount. Its pages are memory only as far as they are used.
 *
 * @param folder empty; it is gone when the disk is unmounted
 */
export function mountSmallDisk(
  kibibytes: number,
  folder = mkdtempSync(join(tmpdir(), 'picket-small-disk-')),
): SmallDisk | undefined {
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
      for (let tries = 0; tries < 50; tries++) {
        const size = free() - bytes;
        // Others write meanwhile. Where there is less than was asked for by now, none of it is given: then as much as is left now.
        if (size <= 0 || spawnSync('fallocate', ['-l', String(size), ballast]).status === 0) break;
      }
      if (bytes === 0) spawnSync('sh', ['-c', `cat /dev/zero >>"${ballast}"`]);
    },
    clear: () => rmSync(ballast, { force: true }),
    unmount() {
      execFileSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    },
  };
}
