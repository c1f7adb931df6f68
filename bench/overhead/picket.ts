/** Picket's agent, everything attached and sending, as one who watches. */

import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningAgent, startAgent } from '../measure/agent.ts';

export interface WatchingAgent extends RunningAgent {
  /** Its loss counters, all that are not zero. */
  losses(): Promise<Readonly<Record<string, number>>>;
}

const program = fileURLToPath(import.meta.resolve('../../agent/main.ts'));

/** Takes what agents submit, and forgets it. */
export async function startTaker() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"accepted"}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Resolves when it watches. */
export async function startWatching(port: number, folder: string): Promise<WatchingAgent> {
  const agent = await startAgent(configuration(port), folder);
  await attached(folder);
  const status = ['status', '--json', '--config', join(folder, 'monitoringAgent.conf')];
  return {
    ...agent,
    async losses() {
      const { stdout } = await promisify(execFile)(process.execPath, [program, ...status]);
      return (JSON.parse(stdout) as { losses: Record<string, number> }).losses;
    },
  };
}

const configuration = (port: number) =>
  [
    `api=http://127.0.0.1:${port}/submit_logs`,
    `key=${randomBytes(32).toString('base64url')}`,
    'name=overhead',
    `id=${randomUUID()}`,
    'buffer_size=20000',
    'batch_size=1000',
  ].join('\n');

/** Waits until the agent's log says that it watches. */
async function attached(folder: string): Promise<void> {
  for (let patience = 200; patience > 0; patience--) {
    const log = join(folder, 'agent.log');
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    if (/watching/i.test(text)) return;
    await delay(100);
  }
  throw new Error(`The agent did not start within 20 s: ${readFileSync(join(folder, 'agent.log'), 'utf8')}`);
}
