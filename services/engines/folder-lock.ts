/** One server per data folder: the folder holds the identity of the server that uses it. */

import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { forgetIdentity, identify, isRunning, readIdentity, writeIdentity } from './process-identity.ts';

export interface FolderLock {
  release(): void;
}

/** Throws where another server that still runs holds the folder; takes over from one that was killed. */
export function lockFolder(folder: string, instead = 'set PICKET_DATA to another folder'): FolderLock {
  const file = join(folder, 'server.pid');
  const mine = `${file}.${process.pid}`;
  writeIdentity(mine, identify(process.pid)!);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        // link(2) fails where the name exists: of two servers starting at once one gets it.
        linkSync(mine, file);
        return { release: () => forgetIdentity(file) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readIdentity(file);
      if (holder && isRunning(holder)) {
        throw new Error(
          `the data folder ${folder} is in use by the server with pid ${holder.pid}: stop it, or ${instead}`,
        );
      }
      forgetIdentity(file);
    }
    throw new Error(`the data folder ${folder} could not be locked: another server is starting in it`);
  } finally {
    rmSync(mine, { force: true });
  }
}
