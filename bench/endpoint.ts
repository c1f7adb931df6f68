/**
 * What one real host sends while it does what it does: the real agent against the real server, once for each flush interval.
 * docs/scale.md multiplies these figures by the number of endpoints.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Figures } from './bench.ts';
import { obstacle, startAgent } from './measure/agent.ts';
import { cpuSecondsOf, machineCpuSeconds, tree } from './measure/processes.ts';
import { quantile } from './measure/quantile.ts';
import { startServer } from './measure/server.ts';
import { metricsOf, type System } from './measure/system.ts';

export const about =
  'what this host sends: [--minutes 5] [--flush 200,10000: milliseconds of the flush interval, each in turn]';

/** Seconds over which a rate is taken. */
const window = 10;

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string', default: '5' }, flush: { type: 'string', default: '200,10000' } },
  });
  const why = obstacle();
  if (why !== undefined) throw new Error(`No agent can be watched here: ${why}`);
  const folder = await mkdtemp(join(tmpdir(), 'picket-bench-'));
  const server = await startServer(folder);
  try {
    let figures: Figures = {};
    for (const flush of values.flush.split(',').map(Number))
      figures = { ...figures, ...(await watched(server, folder, flush, Number(values.minutes))) };
    return figures;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

/** Figures of one interval; their names end with it. */
async function watched(server: System, folder: string, flush: number, minutes: number): Promise<Figures> {
  const endpoint = await server.api.addEndpoint(`flush-${flush}`, `${server.receiver.url}/submit_logs`);
  const agent = await startAgent(`${endpoint.configuration}\nflush_interval=${flush}`, folder);
  try {
    // The first words of an agent are the processes that already ran: not what a host sends from day to day.
    await until(async () => (await server.api.endpointState(endpoint.id)) === 'alive');
    await delay(flush + window * 1000);
    process.stdout.write(`This host is watched for ${minutes} min with a flush interval of ${flush} ms …\n`);
    const busyBefore = machineCpuSeconds();
    const agentBefore = cpuSecondsOf(tree(agent.pid));
    const started = performance.now();
    const first = await sent(server);
    const rates: number[] = [];
    let last = first;
    for (let i = 0; i < (minutes * 60) / window; i++) {
      await delay(window * 1000);
      const now = await sent(server);
      rates.push((now.events - last.events) / window);
      last = now;
    }
    const seconds = (performance.now() - started) / 1000;
    const events = last.events - first.events;
    const submissions = last.submissions - first.submissions;
    const named = {
      events_per_s_mean: events / seconds,
      events_per_s_p10: quantile(rates, 0.1) ?? 0,
      events_per_s_p50: quantile(rates, 0.5) ?? 0,
      events_per_s_p90: quantile(rates, 0.9) ?? 0,
      submissions_per_s: submissions / seconds,
      events_per_submission: events / submissions,
      bytes_per_event_wire: (last.bytes - first.bytes) / events,
      agent_cpu_pct: ((cpuSecondsOf(tree(agent.pid)) - agentBefore) / seconds) * 100,
      machine_busy_cores: (machineCpuSeconds() - busyBefore) / seconds,
    };
    return Object.fromEntries(
      Object.entries(named).map(([name, value]) => [`${name}_flush_${flush}`, Math.round(value * 100) / 100]),
    );
  } finally {
    await agent.stop();
  }
}

/** What ingress has taken so far. */
async function sent(server: System): Promise<{ events: number; submissions: number; bytes: number }> {
  const metrics = await metricsOf(server.receiver.url);
  return {
    events: metrics.get('picket_ingress_events_total') ?? 0,
    submissions: metrics.get('picket_ingress_submissions_total{outcome="accepted"}') ?? 0,
    bytes: metrics.get('picket_ingress_body_bytes_total') ?? 0,
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++, await delay(100)) if (await condition()) return;
  throw new Error('After 30 s the agent has not been heard from');
}
