/** The real agent on this host against a server that takes everything at once: what is measured is the agent alone. */

import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AgentStatus, askStatus } from '@picket/agent';
import { startAgent } from './agent.ts';

export interface LoneAgent {
  readonly pid: number;
  /** Rejects where it does not answer within three seconds. */
  status(): Promise<AgentStatus>;
  stop(): Promise<void>;
}

/** Resolves when it watches and its first words are with the server. */
export async function startLoneAgent(folder: string): Promise<LoneAgent> {
  // A connection is kept for as long as ingress keeps one.
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    request.resume().on('end', () => response.writeHead(202).end('{"status":"accepted"}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const rows = {
    api: `http://127.0.0.1:${port}/submit_logs`,
    key: randomBytes(32).toString('base64url'),
    ...{ name: 'bench', id: randomUUID(), buffer_size: 20_000, batch_size: 1_000 },
  };
  const lines = Object.entries(rows).map(([name, value]) => `${name}=${value}`);
  const agent = await startAgent(lines.join('\n'), folder);
  const status = async () => {
    const said = await askStatus(join(folder, 'spool'));
    if (!said) throw new Error(`the agent does not answer; its log is ${join(folder, 'agent.log')}`);
    return said;
  };
  const stop = async () => {
    await agent.stop();
    server.closeAllConnections();
    server.close();
  };
  for (const end = performance.now() + 60_000; performance.now() < end; await delay(100)) {
    const said = await status().catch(() => undefined);
    if (said?.sending.state === 'connected') return { pid: agent.pid, status, stop };
  }
  await stop();
  throw new Error(`the agent did not begin to send within 60 s; its log is ${join(folder, 'agent.log')}`);
}

/** Compiles a C program of this project and gives its path. */
export function compile(source: string, folder: string, name: string): string {
  const program = join(folder, name);
  execFileSync('cc', ['-O1', '-o', program, fileURLToPath(import.meta.resolve(source))]);
  return program;
}

/** Of an agent's counters those of a name, as numbers that are summed up. */
export const counted = (losses: Readonly<Record<string, number>>, has: (name: string) => boolean): number =>
  Object.entries(losses).reduce((sum, [name, count]) => sum + (has(name) ? count : 0), 0);
