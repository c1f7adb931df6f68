/** The real agent on this host, with its own configuration, spool and log in a folder. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(import.meta.resolve('../../agent/main.ts'));

export interface RunningAgent {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Why no agent can run here; `undefined` where one can. */
export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'an agent needs root';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'this kernel has no BTF';
  return existsSync(program) ? undefined : 'there is no agent/main.ts';
}

export async function startAgent(configuration: string, folder: string): Promise<RunningAgent> {
  const file = join(folder, 'monitoringAgent.conf');
  await writeFile(file, `${configuration}\nspool_directory=${join(folder, 'spool')}\n`, { mode: 0o600 });
  const log = await open(join(folder, 'agent.log'), 'w');
  const child: ChildProcess = spawn(process.execPath, [program, 'run', '--config', file], {
    stdio: ['ignore', log.fd, log.fd],
  });
  // An interrupted benchmark leaves no agent behind.
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  await once(child, 'spawn');
  await log.close();
  return {
    pid: child.pid!,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
