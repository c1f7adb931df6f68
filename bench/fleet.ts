/**
 * Many simulated agents against the server in one process and against the cluster, both with everything on this machine:
 * as much as it takes, half of that at a steady pace, and ten thousand endpoints that each send every ten seconds. The figure
 * `endpoints` is how many of those the system kept pace with: each submission of theirs was acknowledged before the next was due,
 * and at the end nothing had piled up.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figures } from './bench.ts';
import { Fleet, type Sent } from './load/fleet.ts';
import { startCluster } from './measure/cluster.ts';
import { MemoryCourse } from './measure/processes.ts';
import { quantile } from './measure/quantile.ts';
import { startServer } from './measure/server.ts';
import { drained, type System } from './measure/system.ts';
import { addEndpoints, type Load, refusedForNow, throughput } from './measure/throughput.ts';

export const about =
  'a fleet of agents: [--on embedded,cluster] [--events 3000000] [--agents 16] [--batch 500] [--seconds 60] [--endpoints 10000]';

const systems = {
  embedded: {
    start: startServer,
    parts: { server: 'all-in-one.ts', clickhouse: 'clickhouse-front', postgres: 'postgres' },
  },
  cluster: {
    start: startCluster,
    parts: {
      edge: 'traefik',
      ingress: 'main/ingress.ts',
      kafka: 'kafka.Kafka',
      archive: 'main/archive.ts',
      analysis: 'main/analysis.ts',
      clickhouse: 'clickhouse-front',
      postgres: 'postgres',
    },
  },
} as const;

/** Of each endpoint of many, one submission of so many events every ten seconds. */
const everySeconds = 10;
const eventsOfEach = 30;

export async function run(args: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      on: { type: 'string', default: 'embedded,cluster' },
      events: { type: 'string', default: '3000000' },
      agents: { type: 'string', default: '16' },
      batch: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '60' },
      endpoints: { type: 'string', default: '10000' },
    },
  });
  const figures: Record<string, number | string | null> = {};
  for (const name of values.on.split(',')) {
    const kind = systems[name as keyof typeof systems];
    if (kind === undefined) throw new Error(`--on ${name}: expected embedded or cluster, or both with a comma between`);
    const folder = await mkdtemp(join(tmpdir(), 'picket-bench-'));
    say(`${name}: data and logs in ${folder} (removed when all went well)`);
    const system = await kind.start(folder);
    try {
      const load = { events: Number(values.events), agents: Number(values.agents), batch: Number(values.batch) };
      const measured = await measure(
        system,
        { ...load, parts: kind.parts },
        Number(values.seconds),
        Number(values.endpoints),
      );
      for (const [key, value] of Object.entries(measured)) figures[`${name}.${key}`] = value;
    } finally {
      await system.stop();
    }
    await rm(folder, { recursive: true });
  }
  return figures;
}

async function measure(system: System, load: Load, seconds: number, endpoints: number): Promise<Figures> {
  const most = await throughput(system, load, say);
  const rate = Number(most.figures['events_per_s']) / 2;
  say(`Half of that, ${Math.round(rate)} events/s, for ${seconds} s …`);
  const half = await paced(system, { endpoints: load.agents, batch: load.batch, rate, seconds });
  say(`${endpoints} endpoints with a submission every ${everySeconds} s each, for ${seconds} s …`);
  const many = await paced(system, {
    endpoints,
    batch: eventsOfEach,
    rate: (endpoints * eventsOfEach) / everySeconds,
    seconds,
  });
  return {
    ...most.figures,
    ingress_p50_ms: half.p50,
    ingress_p99_ms: half.p99,
    rss_mb: half.rss,
    rss_growth_pct: half.growth,
    endpoints: many.inPace,
    endpoints_events_per_s: many.eventsPerSecond,
    endpoints_p99_ms: many.p99,
    endpoints_slowest_ms: many.slowest,
    /** Seconds that archive and analysis needed after the last answer. */
    endpoints_behind_s: many.behind,
    endpoints_rss_mb: many.rss,
    endpoints_rss_growth_pct: many.growth,
    lost: most.lost + half.lost + many.lost,
  };
}

interface Pace {
  readonly endpoints: number;
  readonly batch: number;
  /** Events a second, all endpoints together. */
  readonly rate: number;
  readonly seconds: number;
}

/** A steady load; what was refused for now was sent again, and the wait is in the times. */
async function paced(system: System, { endpoints, batch, rate, seconds }: Pace) {
  say(`  ${endpoints} endpoints are added …`);
  const identities = await addEndpoints(system, `paced-${Math.round(rate)}`, endpoints);
  using fleet = new Fleet(identities, system.receiver);
  const stored = await system.api.eventCount();
  // Connections are made and keys looked up before anything is measured; a fleet does not come all at once either.
  const warm = await fleet.send(fleet.prepare(endpoints * batch, batch), rate / 3);
  say('  … and send');
  const queues = fleet.prepare(rate * seconds, batch);
  using memory = new MemoryCourse(system.pid);
  const sent: Sent = await fleet.send(queues, rate);
  const { peak, growth } = memory;
  const ended = performance.now();
  await drained(system);
  const behind = (performance.now() - ended) / 1000;
  if (refusedForNow(sent) > 0) say(`  ${refusedForNow(sent)} submissions were asked to come again later`);
  return {
    eventsPerSecond: Math.round(sent.events / sent.seconds),
    inPace: inPace(sent, (endpoints * batch * 1000) / rate),
    behind: rounded(behind),
    slowest: Math.round(Math.max(...sent.slowest)),
    p50: rounded(quantile(sent.millis, 0.5)),
    p99: rounded(quantile(sent.millis, 0.99)),
    rss: Math.round(peak / 2 ** 20),
    growth: rounded(growth * 100),
    lost: warm.events + sent.events - ((await system.api.eventCount()) - stored),
  };
}

/** How many agents had each submission acknowledged within `interval` milliseconds; where at the end all wait, as many as their answers a second are worth. */
function inPace({ slowest, millis, submissions, seconds }: Sent, interval: number): number {
  const inTime = slowest.filter(each => each < interval).length;
  const atTheEnd = quantile(millis.slice(-slowest.length), 0.5) ?? 0;
  const carried = Math.round((submissions / seconds) * (interval / 1000));
  return atTheEnd < interval / 10 ? inTime : Math.min(inTime, carried);
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const rounded = (value: number | null) => (value === null ? null : Math.round(value * 10) / 10);
