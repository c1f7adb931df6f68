/**
 * How long the questions of an analyst take over 100 million stored events and 100,000 alerts, through the HTTP API: each
 * with many different values, one after the other, the kinds of questions in turn.
 */

import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import pino from 'pino';
import { connect, rows } from '../services/adapters/clickhouse/connection.ts';
import { openEventStore } from '../services/adapters/clickhouse/event-store.ts';
import { openControlStore } from '../services/adapters/control-store/control-store.ts';
import { startPostgres } from '../services/adapters/control-store/postgres.fixture.ts';
import { ensureFirstAdmin } from '../services/api/first-start.ts';
import { commandKeyOf } from '../services/api/response/command-key.ts';
import { runApi } from '../services/api/run.ts';
import { micros } from '../services/domain/events/ids.ts';
import type { Figures } from './bench.ts';
import { type Random, seeded } from './load/random.ts';
import { type Api, logIn } from './measure/api.ts';
import { quantile } from './measure/quantile.ts';
import { endpointOf, type Month, month } from './stored/fill.ts';
import { type EventSet, openEventSet, sizes } from './stored/set.ts';

export const about =
  'answers of the API over a month of stored events  [--events N: 100,000,000 unless given] [--alerts N: 100,000] [--probes N: 60]';

const log = pino({ level: 'silent' });

export async function run(args: readonly string[]): Promise<Figures> {
  const number = (value: string) => ({ type: 'string', default: value }) as const;
  const options = { events: number('100000000'), alerts: number('100000'), probes: number('60') };
  const { values } = parseArgs({ args: [...args], options });
  await using held = new AsyncDisposableStack();
  const set = await openEventSet(month(Number(values.events), 1));
  held.defer(() => set.close());
  const postgres = await startPostgres();
  held.defer(() => postgres.close());
  const url = await postgres.database();
  const { end } = set.month;
  await addAlerts(url, Number(values.alerts), set.month);

  const controlStore = openControlStore({ url });
  held.defer(() => controlStore.close());
  const eventStore = openEventStore({ ...set.clickhouse, database: set.database });
  held.defer(() => eventStore.close());
  const service = await runApi(
    {
      host: '127.0.0.1',
      port: 0,
      ingressPort: 5001,
      commandKey: commandKeyOf('A'.repeat(43)),
      requestsPerMinute: 1_000_000,
    },
    { controlStore, eventStore, log, now: () => micros(end) },
  );
  held.defer(() => service.close());
  const api = await logIn(service.url, (await ensureFirstAdmin(controlStore))!);

  const probes = await questions(set, api);
  const random = seeded(7);
  const took = new Map<string, number[]>(Object.keys(probes).map(name => [name, []]));
  let found = 0;
  for (let round = 0; round < Number(values.probes); round++) {
    if (round % 10 === 0) process.stdout.write(`  asking: round ${round} of ${values.probes}\n`);
    for (const [name, ask] of Object.entries(probes)) {
      const began = performance.now();
      found += await ask(random);
      took.get(name)!.push(performance.now() - began);
    }
  }
  const stored = await sizes(set);
  const figure = (names: readonly string[], q: number): number =>
    Number(
      quantile(
        names.flatMap(name => took.get(name)!),
        q,
      )!.toFixed(1),
    );
  const kinds = { ...Object.fromEntries([...took.keys()].map(name => [name, [name]])), lookup: lookups };
  return {
    queue_p95_ms: figure(['queue'], 0.95),
    story_ms: figure(['story'], 0.95),
    path_hunt_ms: figure(['path_hunt'], 0.95),
    lookup_ms: figure(lookups, 0.95),
    ...Object.fromEntries(Object.entries(kinds).map(([name, of]) => [`${name}_p50_ms`, figure(of, 0.5)])),
    ...Object.fromEntries(lookups.map(name => [`${name}_p95_ms`, figure([name], 0.95)])),
    path_count_p95_ms: figure(['path_count'], 0.95),
    probes_each: Number(values.probes),
    items_found: found,
    events: stored.events,
    bytes_per_event: stored.bytesPerEvent,
  };
}

const lookups = ['hash', 'address', 'rare_address'];

type Ask = (random: Random) => Promise<number>;
interface Page {
  readonly items: readonly unknown[];
}

/** Each asks one thing of another kind, and gives how many items came. */
async function questions(set: EventSet, api: Api): Promise<Readonly<Record<string, Ask>>> {
  const client = connect({ ...set.clickhouse, database: set.database });
  // Of the whole month, programs and daemons alike; a sample of what an alert may be about.
  const processes = await rows<{ endpoint: string; exec: string }>(
    client,
    `SELECT endpoint_id AS endpoint, concat(toString(boot_id), ':', toString(pid), ':', toString(start_ticks)) AS exec
     FROM events WHERE kind IN ('process.executed', 'network.connected') AND sipHash64(time, endpoint_id, sequence) % 20011 = 0
     LIMIT 2000`,
  );
  const hashes = await rows<{ hash: string }>(client, 'SELECT DISTINCT lower(hex(exe_hash)) AS hash FROM events');
  await client.close();
  const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!;
  const page = async (path: string, query: Record<string, string>) =>
    (await api.call<Page>('GET', `${path}?${new URLSearchParams(query)}`)).items.length;
  const to = new Date(set.month.end / 1000);
  const within = (random: Random) => {
    const last = to.getTime() - Math.floor(random() * (set.month.days - 1)) * 86_400_000;
    return { from: new Date(last - 86_400_000).toISOString(), to: new Date(last).toISOString() };
  };
  const part = (random: Random): string =>
    pick(
      [
        `segment-${Math.floor(random() * 400)}`,
        `lib/${pick(['nginx', 'redis', 'cron'], random)}`,
        'passwd',
        `x${Math.floor(random() * 1e6)}`,
      ],
      random,
    );
  return {
    queue: random =>
      page('/alerts', {
        ...pick<Record<string, string>>(
          [
            {},
            { status: 'open' },
            { severity: 'critical' },
            { endpoint: endpointOf(Math.floor(random() * set.month.hosts)) },
          ],
          random,
        ),
        ...pick<Record<string, string>>([{ sort: 'severity' }, { sort: 'lastSeen' }, { sort: 'firstSeen' }], random),
      }),
    async story(random) {
      const { endpoint, exec } = pick(processes, random);
      const query = new URLSearchParams({ endpoint, execId: exec });
      return (await api.call<{ events: unknown[] }>('GET', `/events/story?${query}`)).events.length;
    },
    path_hunt: random => page('/events', { path: `*${part(random)}*`, ...within(random) }),
    hash: random => page('/events', { hash: random() < 0.9 ? pick(hashes, random).hash : 'ab'.repeat(32) }),
    address: random => page('/events', { address: `10.1.0.${Math.floor(random() * 100)}` }),
    rare_address: random =>
      page('/events', {
        address: `10.1.1.${Math.floor(random() * 128)}`,
      }),
    path_count: async random => {
      const query = new URLSearchParams({ path: `*${part(random)}*`, ...within(random) });
      return (await api.call<{ count: number }>('GET', `/events/count?${query}`)).count;
    },
  };
}

/** Alerts of all endpoints over the month, as the analysis would write them. */
async function addAlerts(url: string, count: number, { hosts, end, days }: Month): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `INSERT INTO endpoints (id, name, public_key, last_seen_at)
     SELECT id::uuid, 'host-' || n, decode(repeat('00', 32), 'hex'), to_timestamp($2) FROM unnest($1::text[]) WITH ORDINALITY AS e (id, n)`,
    [Array.from({ length: hosts }, (_, host) => endpointOf(host)), end / 1e6],
  );
  await client.query(
    `INSERT INTO alerts (id, endpoint_id, detector, program, deviation, title, severity, status, verdict, techniques, count,
       first_seen_at, last_seen_at, last_stream, last_sequence, exec_id, evidence)
     SELECT gen_random_uuid(), ($1::uuid[])[1 + n % $2], 'file.unusual', '/usr/bin/tool-' || n % 149, 'path ' || n,
       'Unusual file for tool-' || n % 149, (ARRAY['low', 'medium', 'high', 'critical'])[1 + (n * 7 + n / 13) % 4],
       CASE WHEN n % 3 = 0 THEN 'open' ELSE 'closed' END, CASE WHEN n % 3 = 0 THEN NULL ELSE 'benign' END,
       ARRAY['T1003.008'], 1 + n % 50, seen - interval '1 minute', seen, '', 0, $6::text || ':' || n || ':1',
       jsonb_build_object('reason', 'tool-' || n % 149 || ' read a file that it never read before', 'saw', '[]'::jsonb,
                          'usual', '[]'::jsonb, 'ancestry', '[]'::jsonb)
     FROM generate_series(1, $3::int) AS n,
          LATERAL (SELECT to_timestamp($4::float8 - ((n * 7919) % ($5::int * 86400))) AS seen) AS s`,
    [Array.from({ length: hosts }, (_, host) => endpointOf(host)), hosts, count, end / 1e6, days, randomUUID()],
  );
  await client.query('ANALYZE');
  await client.end();
}
