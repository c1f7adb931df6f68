/** Where the first admin's password goes when nobody is there to read it off the screen. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { FirstAdmin } from './launcher.ts';

/** A file that only the server's user reads: a log is read, copied and kept by others. */
export function tellFirstAdmin(admin: FirstAdmin | undefined, dataFolder: string, log: Logger): void {
  if (admin === undefined) return;
  const file = join(dataFolder, 'first-admin');
  writeFileSync(file, `${admin.email} ${admin.password}\n`, { mode: 0o600 });
  log.warn({ file }, 'the first admin was made; log in with what this file says, then remove it');
}
