/** The program of act.c and its parts, compiled once for a test file, and a folder of its own to act in. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const actSources = [
  'act.c',
  'act-files.c',
  'act-paths.c',
  'act-fuse.c',
  'act-processes.c',
  'act-kernel.c',
  'act-network.c',
];

/** A new folder under /tmp and the path of the program in it; both are removed after the file's tests. */
export function stage(): { folder: string; act: string } {
  const folder = mkdtempSync(join(tmpdir(), 'picket-act-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const act = join(folder, 'act');
  const sources = actSources.map(name => fileURLToPath(new URL(`./${name}`, import.meta.url)));
  execFileSync('cc', ['-O1', '-pthread', '-o', act, ...sources]);
  return { folder, act };
}
