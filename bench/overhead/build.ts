/** A C build of many small files: what a developer's machine does, mostly exec, open and read. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const files = 240;
const headers = ['stdio', 'stdlib', 'string', 'unistd', 'fcntl', 'errno', 'time', 'signal', 'pthread', 'sys/socket'];

/** Writes the sources and a Makefile into `folder`. */
export function writeProject(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const includes = headers.map(name => `#include <${name}.h>`).join('\n');
  for (let i = 0; i < files; i++) {
    const body = Array.from({ length: 20 }, (_, n) => `int f${i}_${n}(int x) { return x * ${n + 3} + (int)time(0); }`);
    writeFileSync(join(folder, `unit${i}.c`), `${includes}\n${body.join('\n')}\n`);
  }
}

/** Seconds that the build takes, two files at a time. */
export async function build(folder: string): Promise<number> {
  const names = Array.from({ length: files }, (_, i) => `unit${i}.c`).join('\n');
  const start = process.hrtime.bigint();
  const child = spawn('xargs', ['-P', '2', '-n', '1', 'cc', '-O1', '-c'], {
    cwd: folder,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  child.stdin.end(`${names}\n`);
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`The build failed: xargs ended with ${status}`);
  return Number(process.hrtime.bigint() - start) / 1e9;
}
