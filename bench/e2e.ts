/**
 * The whole product on this machine: the real server with its engines, the real agent on this host, and simulated agents
 * whose signed submissions load it. The figures are those of README.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Figures } from './bench.ts';
import { obstacle, startAgent } from './measure/agent.ts';
import { alertLatencies } from './measure/latency.ts';
import { cpuSecondsOf, MemoryCourse, memoryOf, tree } from './measure/processes.ts';
import { quantile } from './measure/quantile.ts';
import { startServer } from './measure/server.ts';
import { storedBytes } from './measure/stored.ts';
import { drained, type System } from './measure/system.ts';
import { type Measured, throughput } from './measure/throughput.ts';

export const about =
  'the whole product: [--events 4000000] [--attacks 100] [--idle 20] [--agents 16] [--batch 500] [--keep]';

/** Once it has looked at the programs that ran before it, as on a host that runs for days. */
const settleSeconds = 60;

/** What the server's processes are, by their command lines. */
const parts = { server: 'all-in-one.ts', clickhouse: 'clickhouse-front', postgres: 'postgres' };

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '4000000' },
      attacks: { type: 'string', default: '100' },
      idle: { type: 'string', default: '20' },
      agents: { type: 'string', default: '16' },
      batch: { type: 'string', default: '500' },
      keep: { type: 'boolean', default: false },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'picket-bench-'));
  say(`Data and logs: ${folder}${values.keep ? '' : ' (removed when all went well)'}`);
  const server = await startServer(folder);
  try {
    using memory = new MemoryCourse(server.pid);
    const agent = await agentFigures(server, folder, Number(values.idle), Number(values.attacks));
    const load = await throughput(
      server,
      { events: Number(values.events), agents: Number(values.agents), batch: Number(values.batch), parts },
      say,
    );
    await server.stop();
    const stored = storedBytes(join(folder, 'clickhouse'));
    if (!values.keep) await rm(folder, { recursive: true });
    return {
      ...agent.figures,
      ...load.figures,
      server_rss_mb: megabytes(memory.peak),
      lost: load.lost + agent.lost,
      bytes_per_event_stored: stored.rows === 0 ? null : round(stored.bytes / stored.rows),
    };
  } finally {
    await server.stop();
  }
}

/** What the real agent costs while the host does nothing else, and how soon its alerts can be read. */
async function agentFigures(server: System, folder: string, idleSeconds: number, attacks: number): Promise<Measured> {
  const why = obstacle();
  if (why !== undefined) {
    say(`No agent runs: ${why}`);
    return {
      figures: { latency_p50_ms: null, latency_p99_ms: null, agent_rss_mb: null, agent_cpu_idle_pct: null },
      lost: 0,
    };
  }
  const { api, receiver } = server;
  const endpoint = await api.addEndpoint('this-host', `${receiver.url}/submit_logs`);
  const agent = await startAgent(endpoint.configuration, folder);
  try {
    say('The agent starts …');
    await until('the agent is heard from', 30, async () => (await api.endpointState(endpoint.id)) === 'alive');
    say(`The agent settles for ${settleSeconds} s: it looks at the programs that ran before it …`);
    await delay(settleSeconds * 1000);
    say(`The agent is watched for ${idleSeconds} s …`);
    const before = cpuSecondsOf(tree(agent.pid));
    await delay(idleSeconds * 1000);
    const cpu = (cpuSecondsOf(tree(agent.pid)) - before) / idleSeconds;
    say(`${attacks} attacks …`);
    const { millis, missing } = await alertLatencies(api, endpoint.id, attacks, folder);
    const memory = memoryOf(tree(agent.pid));
    await agent.stop();
    await drained(server);
    return {
      figures: {
        latency_p50_ms: rounded(quantile(millis, 0.5)),
        latency_p99_ms: rounded(quantile(millis, 0.99)),
        alerts_seen: millis.length,
        alerts_missing: missing,
        agent_rss_mb: megabytes(memory),
        agent_cpu_start_s: round(before),
        agent_cpu_idle_pct: round(cpu * 100),
      },
      lost: await api.missingEvents(endpoint.id),
    };
  } finally {
    await agent.stop();
  }
}

async function until(what: string, seconds: number, condition: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await delay(100))
    if (await condition()) return;
  throw new Error(`After ${seconds} s it is not yet so that ${what}`);
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const round = (value: number) => Math.round(value * 100) / 100;
const rounded = (value: number | null) => (value === null ? null : round(value));
const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
