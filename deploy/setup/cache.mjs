import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where an engine lies that was downloaded or built once for all clones of this user: outside of the tree, so that it
 * outlives a clone, and named with its version, so that an old clone finds its own.
 *
 * @param {string} name such as `kafka-4.1.0`
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function cached(name, env = process.env) {
  return join(env['PICKET_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'picket'), name);
}

/**
 * A folder gets its name once it is whole: others may be looking for it meanwhile.
 *
 * @param {string} folder
 * @param {(folder: string) => void} fill called where it is not there yet, with the folder to fill
 */
export function wholeFolder(folder, fill) {
  if (existsSync(folder)) return;
  const aside = `${folder}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  fill(aside);
  try {
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true });
    if (!existsSync(folder)) throw error; // another was faster
  }
}
