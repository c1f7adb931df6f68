/**
 * The whole product on this machine: the real server with its engines, the real agent on this host, and simulated agents
 * whose signed submissions load it. The figures are those of README.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Figures } from './bench.ts';
import { Fleet, type Sent } from './load/fleet.ts';
import { obstacle, startAgent } from './measure/agent.ts';
import { alertLatencies } from './measure/latency.ts';
import { cpuSecondsByPart, cpuSecondsOf, machineCpuSeconds, memoryOf, PeakMemory, tree } from './measure/processes.ts';
import { quantile } from './measure/quantile.ts';
import { type Server, startServer } from './measure/server.ts';
import { storedBytes } from './measure/stored.ts';

export const about =
  'the whole product: [--events 4000000] [--attacks 100] [--idle 20] [--agents 16] [--batch 500] [--keep]';

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
    using peak = new PeakMemory(server.pid);
    const agent = await agentFigures(server, folder, Number(values.idle), Number(values.attacks));
    const load = await loadFigures(server, Number(values.events), Number(values.agents), Number(values.batch));
    await server.stop();
    const stored = storedBytes(join(folder, 'clickhouse'));
    if (!values.keep) await rm(folder, { recursive: true });
    return {
      ...agent.figures,
      ...load.figures,
      server_rss_mb: megabytes(peak.bytes),
      lost: load.lost + agent.lost,
      bytes_per_event_stored: stored.rows === 0 ? null : round(stored.bytes / stored.rows),
    };
  } finally {
    await server.stop();
  }
}

/** Figures, and events that were acknowledged and are not stored. */
interface Part {
  readonly figures: Figures;
  readonly lost: number;
}

/** What the real agent costs while the host does nothing else, and how soon its alerts can be read. */
async function agentFigures(server: Server, folder: string, idleSeconds: number, attacks: number): Promise<Part> {
  const why = obstacle();
  if (why !== undefined) {
    say(`No agent runs: ${why}`);
    return {
      figures: { latency_p50_ms: null, latency_p99_ms: null, agent_rss_mb: null, agent_cpu_idle_pct: null },
      lost: 0,
    };
  }
  const { api, ingressPort } = server;
  const endpoint = await api.addEndpoint('this-host', `http://127.0.0.1:${ingressPort}/submit_logs`);
  const agent = await startAgent(endpoint.configuration, folder);
  try {
    say('The agent starts …');
    await until('the agent is heard from', 30, async () => (await api.endpointState(endpoint.id)) === 'alive');
    await delay(3_000);
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
        agent_cpu_idle_pct: round(cpu * 100),
      },
      lost: await api.missingEvents(endpoint.id),
    };
  } finally {
    await agent.stop();
  }
}

/** As many events as the server takes, from the first byte sent until the last event is stored and analysed. */
async function loadFigures(server: Server, events: number, agents: number, batch: number): Promise<Part> {
  const { api, ingressPort } = server;
  const url = `http://127.0.0.1:${ingressPort}/submit_logs`;
  const identities = [];
  for (let i = 0; i < agents; i++) identities.push(await api.addEndpoint(`simulated-${i}`, url));
  const fleet = new Fleet(identities);
  try {
    say('A first round, so that everything is compiled and learned a little …');
    const warm = await fleet.send(ingressPort, fleet.prepare(events / 10, batch));
    await drained(server);
    say(`${events} events are prepared …`);
    const queues = fleet.prepare(events, batch);
    say('… and sent');
    const before = cpuSecondsByPart(server.pid, parts);
    const busy = othersBusy(server);
    const started = performance.now();
    const sent = await fleet.send(ingressPort, queues);
    await drained(server);
    const seconds = (performance.now() - started) / 1000;
    const after = cpuSecondsByPart(server.pid, parts);
    const cpu = (part: keyof typeof parts) => round(((after[part] - before[part]) * 1e6) / sent.events);
    let stored = 0;
    for (const { id } of identities) stored += await api.eventCount(id);
    return {
      figures: {
        events_per_s: Math.round(sent.events / seconds),
        accepted_per_s: Math.round(sent.events / sent.seconds),
        cpu_us_per_event_server: cpu('server'),
        cpu_us_per_event_clickhouse: cpu('clickhouse'),
        cpu_us_per_event_postgres: cpu('postgres'),
        bytes_per_event_wire: round(sent.bytes / sent.events),
        refused_for_now: refusedForNow(sent),
        machine_busy_with_others_pct: Math.round((busy() / seconds / availableParallelism()) * 100),
      },
      lost: warm.events + sent.events - stored,
    };
  } finally {
    fleet.close();
  }
}

/** CPU seconds that others than server and load took since the call: where they are many, the figures say little. */
function othersBusy({ pid }: Server): () => number {
  const look = () => machineCpuSeconds() - cpuSecondsOf([...tree(pid), process.pid]);
  const before = look();
  return () => Math.max(0, look() - before);
}

const refusedForNow = (sent: Sent) =>
  Object.entries(sent.answers).reduce((sum, [status, n]) => (status === '202' ? sum : sum + n), 0);

/** Resolves when archive and analysis have committed everything that the bus holds. */
async function drained(server: Server): Promise<void> {
  const groups = ['archive', 'analysis'].map(group => `picket_bus_lag_messages{group="events/${group}"}`);
  await until('archive and analysis have caught up', 600, async () => {
    const metrics = await server.metrics();
    return groups.every(group => metrics.get(group) === 0);
  });
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
