/** The spool's folder, made where it is missing, and whether this process may write in it. */

import { accessSync, constants, mkdirSync } from 'node:fs';

/** An option says what cannot be, whenever it is tried; the message says which, why and what to do. */
export class WrongOption extends Error {
  override readonly name = 'WrongOption';
}

/** Of a folder that somebody has to mend, or to name another; any other error may be gone at the next try. */
const unusable: readonly (string | undefined)[] = [
  ...['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP'],
];

/** Throws `WrongOption` where the folder can't be used, or an Error where it can't be made now. */
export function makeSpoolFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { message: why, code } = error as NodeJS.ErrnoException;
    const dropIn = `systemctl edit monitoringAgent, [Service] ReadWritePaths=${path}`;
    const words = `spool_directory ${path} can't be used (${why}); set another in the configuration file, or let the unit write there: ${dropIn}, and the folder has to be picket-agent's`;
    throw unusable.includes(code) ? new WrongOption(words) : new Error(words);
  }
}
