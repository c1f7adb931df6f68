import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import pg from 'pg';
import { pino } from 'pino';
import { startPostgres } from '../adapters/control-store/postgres.fixture.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import type { Message } from '../ports/bus.ts';
import { SampleBatch } from './sample-batch.ts';

const endpoint = '018f0000-0000-7000-8000-00000000000a';
const start = 1_760_000_000_000_000;
const batches = 150;
const eventsPerBatch = 4;

/** Each batch: a theft, two files that are learned, and one more program. */
function message(index: number): Message {
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

/** Runs the analysis to the end of the bus, killed after so many changes of alerts each time; gives what the store holds then. */
async function play(url: string, kills: readonly number[]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-analysis-kill-'));
  const bus = await LogBus.open(
    { folder, groups: { events: ['analysis'] }, reserveBytes: 0 },
    pino({ level: 'silent' }),
  );
  await bus.publish(
    'events',
    Array.from({ length: batches }, (_, i) => message(i)),
  );
  await bus.close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const add = 'INSERT INTO endpoints (id, name, public_key) VALUES ($1::uuid, $1::uuid::text, $2)';
  await client.query(add, [endpoint, Buffer.alloc(32)]);
  await client.query('LISTEN alerts');
  const changes = on(client, 'notification');

  for (const after of kills) {
    const child = run(folder, url);
    for (let seen = 0; seen < after; seen++) await changes.next();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const child = run(folder, url);
  const last = `SELECT max(last_sequence)::integer AS sequence FROM alerts`;
  const end = 1 + (batches - 1) * eventsPerBatch;
  while ((await client.query(last)).rows[0].sequence !== end) await changes.next();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);

  const rows = async (sql: string) => (await client.query(sql)).rows;
  const held = {
    alerts: await rows('SELECT detector, program, deviation, count, last_sequence FROM alerts ORDER BY 1, 2, 3'),
    findings: await rows('SELECT sequence, count, evidence FROM findings ORDER BY 1'),
    baselines: await rows(
      'SELECT family, program, phase, observations, distinct_values, active_minutes FROM baselines ORDER BY 1, 2',
    ),
    entries: await rows('SELECT value, count, first_seen_at, last_seen_at FROM baseline_entries ORDER BY 1, 2'),
    endpoints: await rows('SELECT watermarks, recent, suspects FROM analysis_endpoints'),
  };
  await client.end();
  await rm(folder, { recursive: true });
  return held;
}

function run(folder: string, url: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'run.kill.ts'), folder, url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

test('killed again and again, the analysis has learned and recorded in the end what one that never was killed has', async () => {
  const server = await startPostgres();
  try {
    const undisturbed = await play(await server.database(), []);
    assert.deepEqual(await play(await server.database(), [1, 9, 2, 17]), undisturbed);
  } finally {
    await server.close();
  }
});
