/**
 * The agent starts over in its own place, with little memory. Stripping the types of our sources takes 40 MB that Node.js
 * never gives back; so the first image only fills a cache of compiled code, and the second, under the same pid, loads that.
 */

import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/** Small young generation, few helper threads: the agent makes little garbage, and its host has better uses for the memory. */
const nodeFlags = ['--max-semi-space-size=2', '--max-old-space-size=192', '--v8-pool-size=1'];
/** One arena, and large blocks go back to the system when they are freed: a compressor's state is made anew for each batch. */
const malloc = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

/**
 * Does not return where it starts over. Returns where this is the second image already, or where there is no folder for a
 * cache that nobody else may write to: what lies there is run as this user. `load` imports what is to be compiled.
 */
export async function startLean(spoolFolder: string, load: () => Promise<unknown>): Promise<void> {
  const folder = join(spoolFolder, 'code');
  if (process.env['NODE_COMPILE_CACHE'] === folder || !process.execve || !isOurs(spoolFolder)) return;
  enableCompileCache(folder);
  await load();
  flushCompileCache();
  // It would say that execve is experimental. Where it fails, the agent runs on as it is.
  process.removeAllListeners('warning');
  const args = [process.execPath, ...nodeFlags, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...process.env, ...malloc, NODE_COMPILE_CACHE: folder });
}

function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    return uid === process.getuid?.() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}
