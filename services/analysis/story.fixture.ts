/** Endpoints with a story, and what the control store holds when it has been analysed: for tests that disturb the analysis. */

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import pg from 'pg';
import type { KafkaBusConfig } from '../adapters/kafka-bus/config.ts';
import type { Message } from '../ports/bus.ts';
import { SampleBatch } from './sample-batch.ts';

const start = 1_760_000_000_000_000;
const eventsPerBatch = 4;

export const endpoints = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `018f0000-0000-7000-8000-${(10 + i).toString(16).padStart(12, '0')}`);

/** Each batch: a theft, two files that are learned, and one more program. */
export function message(endpoint: string, index: number): Message {
  const time = start + index * 61_000_000;
  const cat = { exe: '/usr/bin/cat', pid: 51 };
  const app = { exe: '/usr/sbin/app', pid: 60 };
  const sample = new SampleBatch()
    .opened(time, cat, index % 2 ? '/etc/shadow' : '/etc/gshadow')
    .opened(time, app, '/etc/app/main.conf')
    .opened(time, app, `/srv/app/${'abcdefghijklmnopqrstuvwxyz'[index % 26]}/x`)
    .executed(time, { exe: '/usr/bin/gzip', parent: app, pid: 61 });
  const value = zstdCompressSync(sample.encode(endpoint, '0102030405060708', 1 + index * eventsPerBatch));
  return { key: endpoint, headers: { encoding: 'zstd' }, value };
}

/** Sequence number of the newest finding, of so many batches. */
export const lastSequence = (batches: number): number => 1 + (batches - 1) * eventsPerBatch;

/** A connection to a database in which the endpoints are known, and which hears of changed alerts. */
export async function withEndpoints(url: string, known: readonly string[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const add = 'INSERT INTO endpoints (id, name, public_key) VALUES ($1::uuid, $1::uuid::text, $2)';
  for (const [i, endpoint] of known.entries()) await client.query(add, [endpoint, Buffer.alloc(32, i)]);
  await client.query('LISTEN alerts');
  return client;
}

/** All that the analysis wrote; what it asked about the rest of the fleet apart, for that depends on who was faster. */
export async function held(client: pg.Client): Promise<unknown> {
  const rows = async (sql: string) => (await client.query(sql)).rows;
  return {
    alerts: await rows(
      'SELECT endpoint_id, detector, program, deviation, count, last_sequence FROM alerts ORDER BY 1, 2, 3, 4',
    ),
    findings: await rows(
      `SELECT a.endpoint_id, a.deviation, f.sequence, f.count, f.evidence - 'prevalence' AS evidence
         FROM findings f JOIN alerts a ON a.id = f.alert_id ORDER BY 1, 2, 3`,
    ),
    baselines: await rows(
      `SELECT endpoint_id, family, program, phase, observations, distinct_values, active_minutes
         FROM baselines ORDER BY 1, 2, 3`,
    ),
    entries: await rows(
      `SELECT b.endpoint_id, b.program, e.value, e.count, e.first_seen_at, e.last_seen_at
         FROM baseline_entries e JOIN baselines b ON b.id = e.baseline_id ORDER BY 1, 2, 3`,
    ),
    endpoints: await rows('SELECT endpoint_id, watermarks, recent, suspects FROM analysis_endpoints ORDER BY 1'),
  };
}

/** An analysis in a process of its own. `bus`: as run.kill.ts takes it. */
export function spawnAnalysis(bus: string, url: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'run.kill.ts'), bus, url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** By `kafka://HOST:PORT/PREFIX`. */
export function kafkaConfig(place: string): KafkaBusConfig {
  const { host, pathname } = new URL(place);
  return { brokers: [host], prefix: pathname.slice(1), partitions: 4, replication: 1, sessionMillis: 6_000 };
}
