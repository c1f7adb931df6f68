/** The disposable machine of systemd-bed.sh, for tests. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(import.meta.dirname, 'systemd-bed.sh');

export const checkoutInside = '/srv/picket';

export interface Ran {
  readonly code: number | null;
  /** Standard output and error, as they came. */
  readonly output: string;
}

export interface Bed {
  /** Runs a command line of sh as root inside; `seconds` bounds it. */
  run(line: string, seconds?: number): Promise<Ran>;
  down(): Promise<void>;
}

/** Why no bed can be had here; undefined where one can. */
export function bedObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'a systemd in a container needs root';
  if (spawnSync('systemd-nspawn', ['--version']).status !== 0) return 'systemd-nspawn is not installed';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'the kernel has no BTF';
  if (existsSync('/run/systemd/container')) return 'this is a container itself';
  return undefined;
}

/** Boots it with this checkout at `checkoutInside`; an interface of this machine goes into it, and comes back no more. */
export async function bootBed(networkInterface = ''): Promise<Bed> {
  const folder = mkdtempSync(join(tmpdir(), 'picket-bed-'));
  const call = (args: string[], seconds: number) =>
    command(script, args, { BED: folder, BED_INTERFACE: networkInterface }, seconds);
  const up = await call(['up', join(import.meta.dirname, '../..')], 60);
  if (up.code !== 0) throw new Error(`the bed did not boot:\n${up.output}`);
  return {
    run: (line, seconds = 60) => call(['run', 'sh', '-c', line], seconds),
    async down() {
      await call(['down'], 60);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function command(
  program: string,
  args: string[],
  variables: Readonly<Record<string, string>>,
  seconds: number,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    // In a process group of its own: what runs inside must not be able to signal the tests by theirs.
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...variables },
    });
    const deadline = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
    child.once('error', reject);
    // `exit`, not `close`: systemd in the bed keeps the pipes of the call that booted it.
    child.once('exit', code => {
      clearTimeout(deadline);
      resolve({ code, output });
    });
  });
}
