/**
 * Keeps a folder for one process. The lock is a listening abstract Unix socket (Linux) named after the folder: the kernel
 * takes it back with the process, so nothing stale is left behind however the process ends.
 */

import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';

export interface FolderLock {
  release(): Promise<void>;
}

/** Throws where another holder, in this process or in another one, has the folder. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const { dev, ino } = await stat(folder);
  const server = createServer(socket => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE' ? new Error(`${folder} is in use by another process; stop that one first`) : error,
      );
    });
    server.listen(`\0picket-folder-${dev}-${ino}`, resolve);
  });
  server.unref();
  return { release: () => new Promise(resolve => server.close(() => resolve())) };
}
