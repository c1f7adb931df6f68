/** Ingress and the durable log alone: how many events a second they take, and what one costs. */

import { fork } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Figures } from './bench.ts';
import { Fleet } from './load/fleet.ts';

export const about = 'ingress and bus alone, from signed submissions: [--events 1000000] [--batch 500] [--agents 16]';

const program = fileURLToPath(import.meta.resolve('../services/ingress/ingress-alone.fixture.ts'));

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '1000000' },
      batch: { type: 'string', default: '500' },
      agents: { type: 'string', default: '16' },
    },
  });
  const identities = Array.from({ length: Number(values.agents) }, () => ({
    id: randomUUID() as string,
    privateKey: generateKeyPairSync('ed25519').privateKey,
  }));
  const folder = await mkdtemp(join(tmpdir(), 'picket-bench-'));
  const server = fork(program);
  const ask = async <T>(message: object): Promise<T> => {
    const reply = once(server, 'message');
    server.send(message);
    return ((await reply) as [T])[0];
  };
  try {
    const endpoints = identities.map(({ id, privateKey }) => ({
      id,
      publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }),
    }));
    const { port } = await ask<{ port: number }>({ folder, endpoints });
    using fleet = new Fleet(identities, { url: `http://127.0.0.1:${port}` });
    // A first round compiles what is hot, here and there.
    await fleet.send(fleet.prepare(Number(values.events) / 10, Number(values.batch)));
    const queues = fleet.prepare(Number(values.events), Number(values.batch));
    const before = await ask<{ cpuSeconds: number }>({});
    const sent = await fleet.send(queues);
    const after = await ask<{ cpuSeconds: number; rssBytes: number }>({});
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    return {
      events: sent.events,
      events_per_s: Math.round(sent.events / sent.seconds),
      events_per_core_s: Math.round(sent.events / cpuSeconds),
      cpu_us_per_submission: round((cpuSeconds * 1e6) / sent.submissions),
      cpu_us_per_event: round((cpuSeconds * 1e6) / sent.events),
      bytes_per_event_wire: round(sent.bytes / sent.events),
      rss_mb: Math.round(after.rssBytes / 2 ** 20),
      not_accepted_at_once: Object.entries(sent.answers).reduce(
        (sum, [status, n]) => (status === '202' ? sum : sum + n),
        0,
      ),
    };
  } finally {
    const ended = once(server, 'exit');
    server.disconnect();
    await ended;
    await rm(folder, { recursive: true });
  }
}

const round = (value: number) => Math.round(value * 100) / 100;
