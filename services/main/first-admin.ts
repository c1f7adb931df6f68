/** Where the first admin's password goes when nobody is there to read it off the screen. */

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { FirstAdmin } from './launcher.ts';

/**
 * Calls `make`, and leaves what it made in the file `first-admin` of the data folder, which only the server's user reads: a log is
 * read, copied and kept by others. Where no such file can be written this throws before anybody is made, because the password of
 * a first admin is known only then.
 */
export async function leaveFirstAdmin(
  make: () => Promise<FirstAdmin | undefined>,
  dataFolder: string,
  log: Logger,
): Promise<void> {
  const file = join(dataFolder, 'first-admin');
  const draft = `${file}.new`;
  const descriptor = openDraft(dataFolder, draft);
  try {
    const admin = await make();
    if (admin === undefined) return;
    writeSync(descriptor, `${admin.email} ${admin.password}\n`);
    fsyncSync(descriptor);
    renameSync(draft, file);
    log.warn({ file }, 'the first admin was made; log in with what this file says, then remove it');
  } finally {
    closeSync(descriptor);
    rmSync(draft, { force: true });
  }
}

function openDraft(dataFolder: string, draft: string): number {
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    rmSync(draft, { force: true });
    return openSync(draft, 'wx', 0o600);
  } catch (error) {
    throw new Error(
      `PICKET_DATA=${dataFolder}: a folder was expected in which this user may write, for the first login; found ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}
