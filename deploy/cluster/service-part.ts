/** One of Picket's services by its own entry point, as a part. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Part } from './parts.ts';

export function servicePart(
  program: string,
  { name, port }: { readonly name: string; readonly port: number },
  after: readonly string[],
  data: string,
  environment: Readonly<Record<string, string>>,
): Part {
  const folder = join(data, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const url = `http://127.0.0.1:${port}`;
  const health = `${url}/healthz`;
  return {
    name,
    after,
    url,
    spec: {
      name,
      command: process.execPath,
      arguments: [fileURLToPath(import.meta.resolve(`../../services/main/${program}.ts`))],
      env: { PATH: '/usr/bin:/bin', NODE_ENV: 'production', ...environment, PICKET_DATA: folder },
      cwd: folder,
      account: undefined,
      message: undefined,
      identityFile: join(data, `${name}.pid`),
      stopSignal: 'SIGTERM',
      stopPatienceMs: 30_000,
      ready: async () => (await status(health, 2_000)) === 200,
      readyPatienceMs: 120_000,
      // A refusal is an answer too: that a store is away is not mended by a new start.
      answers: async () => (await status(health, 10_000)) !== undefined,
      askEveryMs: 10_000,
      silencesBeforeKill: 4,
      level: () => 'debug',
      orphanSignal: 'SIGTERM',
    },
  };
}

async function status(url: string, patienceMs: number): Promise<number | undefined> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(patienceMs) })).status;
  } catch {
    return undefined;
  }
}
