/** The program of act.c, compiled once for a test file, and a folder of its own to act in. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A new folder under /tmp and the path of the program in it; both are removed after the file's tests. */
export function stage(): { folder: string; act: string } {
  const folder = mkdtempSync(join(tmpdir(), 'picket-act-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const act = join(folder, 'act');
  const source = fileURLToPath(new URL('./act.c', import.meta.url));
  execFileSync('cc', ['-O1', '-pthread', '-o', act, source]);
  return { folder, act };
}
