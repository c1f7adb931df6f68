/** The program of storm.c, compiled once for a test file. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface Storms {
  /** A new folder under /tmp; removed after the file's tests. */
  readonly folder: string;
  /** Begins a storm that goes on until it is stopped. */
  begin(...what: readonly string[]): Storm;
  /** Runs one to its end; rejects with what it said where it failed. */
  run(...what: readonly string[]): Promise<void>;
}

export interface Storm {
  stop(): Promise<void>;
}

export function storms(): Storms {
  const folder = mkdtempSync(join(tmpdir(), 'picket-storm-'));
  const program = join(folder, 'storm');
  const running = new Set<ChildProcess>();
  after(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  execFileSync('cc', ['-O1', '-o', program, fileURLToPath(new URL('./storm.c', import.meta.url))]);
  const start = (what: readonly string[]) => {
    const child = spawn(program, what, { stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  return {
    folder,
    begin(...what) {
      const child = start(what);
      const ended = once(child, 'exit');
      return {
        async stop() {
          child.kill('SIGKILL');
          await ended;
        },
      };
    },
    async run(...what) {
      const child = start(what);
      const said = child.stderr!.setEncoding('utf8').toArray();
      const [code, signal] = await once(child, 'exit');
      if (code !== 0) throw new Error(`storm ${what[0]} ended with ${code ?? signal}: ${(await said).join('')}`);
    },
  };
}
