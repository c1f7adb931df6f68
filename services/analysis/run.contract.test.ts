import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { startPostgres, type TestPostgres } from '../adapters/control-store/postgres.fixture.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import type { AnalysisStore } from '../ports/analysis-store.ts';
import { collect } from '../ports/bus.contract.ts';
import type { Message } from '../ports/bus.ts';
import { type AnalysisService, runAnalysis } from './run.ts';
import { SampleBatch } from './sample-batch.ts';

const endpoint = '018f0000-0000-7000-8000-00000000000a';
const stream = '0102030405060708';
const start = 1_760_000_000_000_000;
const bash = { exe: '/usr/bin/bash', pid: 50 };

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
});
after(() => server.close());

/** `cat` opens a credential store; three events a batch. */
function theft(firstSequence: number, path = '/etc/shadow'): Message {
  const cat = { exe: '/usr/bin/cat', parent: bash, pid: 51 };
  const time = start + firstSequence;
  const sample = new SampleBatch().executed(time, cat).opened(time, cat, '/etc/hostname').opened(time, cat, path);
  const value = zstdCompressSync(sample.encode(endpoint, stream, firstSequence));
  return { key: endpoint, headers: { encoding: 'zstd', received: String(start) }, value };
}

/** A bus and a database of the test's own, and what the service logged. */
async function prepare(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'picket-analysis-'));
  const silent = pino({ level: 'silent' });
  const bus = await LogBus.open(
    { folder, groups: { events: ['analysis'], alerts: ['test'], 'dead-letter': [] }, reserveBytes: 0 },
    silent,
  );
  const url = await server.database();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  client.on('error', () => undefined);
  const add = 'INSERT INTO endpoints (id, name, public_key) VALUES ($1::uuid, $1::uuid::text, $2)';
  await client.query(add, [endpoint, Buffer.alloc(32)]);
  await client.query('LISTEN alerts');
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line).msg) });
  const store = postgresAnalysisStore({ url });
  const running = new Set<AnalysisService>();
  const close = async () => {
    await Promise.all([...running].map(service => service.close()));
    running.clear();
  };
  t.after(async () => {
    await close();
    await bus.close();
    await store.close();
    await client.end();
    await rm(folder, { recursive: true });
  });
  return {
    bus,
    client,
    store,
    logged,
    async run(using: AnalysisStore = store, checkpointMillis = 3_600_000) {
      const metrics = new Registry();
      const service = await runAnalysis(
        { checkpointMillis },
        { bus, decoder: plainDecoder(), store: using, log, metrics },
      );
      running.add(service);
      return service;
    },
    alerts: async () =>
      (await client.query('SELECT deviation, count::integer, last_sequence::integer FROM alerts ORDER BY deviation'))
        .rows,
    /** Resolves with the next change of an alert. */
    changed: () => once(client, 'notification', { signal: AbortSignal.timeout(30_000) }),
    close,
  };
}

test('a finding is an alert in the control store at once, without waiting for a checkpoint', async t => {
  const place = await prepare(t);
  await place.run();
  const changed = place.changed();
  await place.bus.publish('events', [theft(1)]);
  await changed;
  assert.deepEqual(await place.alerts(), [{ deviation: 'read /etc/shadow', count: 1, last_sequence: 3 }]);
});

test('what becomes of an alert is told on the topic alerts, under the key of its endpoint', async t => {
  const place = await prepare(t);
  await place.run();
  const told = collect(place.bus, { topic: 'alerts', group: 'test', maxBytes: 1 << 20 }, 1);
  await place.bus.publish('events', [theft(1)]);
  const [message] = await told;
  const { change, alert } = JSON.parse(Buffer.from(message!.value).toString());
  assert.deepEqual(
    [message!.key, change, alert.program, alert.deviation],
    [endpoint, 'created', '/usr/bin/cat', 'read /etc/shadow'],
  );
});

test('after a crash before the first checkpoint everything is analysed again, and nothing is counted twice', async t => {
  const place = await prepare(t);
  // This service never gets to write a checkpoint: what it learned is lost, as after kill -9.
  const crashing = { ...place.store, checkpoint: () => Promise.reject(new Error('killed')) };
  const first = await place.run(crashing);
  const changed = place.changed();
  await place.bus.publish('events', [theft(1)]);
  await changed;
  await first.close();
  assert.equal(await place.store.position(0), undefined);
  const again = place.changed();
  await place.bus.publish('events', [theft(4)]);
  await place.run();
  await again;
  assert.deepEqual(await place.alerts(), [{ deviation: 'read /etc/shadow', count: 2, last_sequence: 6 }]);
});

test('a service that was closed goes on where it was: the submission that came twice is known', async t => {
  const place = await prepare(t);
  const first = await place.run();
  const changed = place.changed();
  await place.bus.publish('events', [theft(1)]);
  await changed;
  await first.close();
  assert.notEqual(await place.store.position(0), undefined);
  const again = place.changed();
  await place.bus.publish('events', [theft(1), theft(4, '/etc/gshadow')]);
  await place.run();
  await again;
  assert.deepEqual(
    (await place.alerts()).map(({ deviation, count }) => [deviation, count]),
    [
      ['read /etc/gshadow', 1],
      ['read /etc/shadow', 1],
    ],
  );
});

test('what can’t be read goes to the dead-letter topic with its reason, and what follows is analysed', async t => {
  const place = await prepare(t);
  await place.run();
  const changed = place.changed();
  const rubbish: Message = { key: endpoint, headers: { encoding: 'zstd' }, value: Buffer.from('rubbish') };
  const noBatch: Message = { key: endpoint, headers: { encoding: 'identity' }, value: Buffer.from([0xff, 0xff]) };
  await place.bus.publish('events', [rubbish, noBatch, theft(1)]);
  await changed;
  assert.equal((await place.alerts()).length, 1);
  const dead = await collect(place.bus, { topic: 'dead-letter', group: 'test', maxBytes: 1 << 20 }, 2);
  assert.deepEqual(
    dead.map(({ headers }) => [headers['reason'], headers['by']]),
    [
      ['bad-encoding', 'analysis'],
      ['malformed', 'analysis'],
    ],
  );
  assert.match(dead[0]!.headers['detail']!, /not whole zstd data/);
});

test('while the store is away the analysis waits, says so once, and goes on by itself', async t => {
  const place = await prepare(t);
  const away = postgresAnalysisStore({ url: 'postgres://nobody@127.0.0.1:1/none' });
  let tries = 0;
  const { promise: triedOften, resolve } = Promise.withResolvers<void>();
  let isAway = true;
  const record: AnalysisStore['record'] = findings => {
    if (!isAway) return place.store.record(findings);
    if (++tries === 3) resolve();
    return away.record(findings);
  };
  await place.run({ ...place.store, record });
  await place.bus.publish('events', [theft(1)]);
  await triedOften;
  const changed = place.changed();
  isAway = false;
  await changed;
  assert.equal((await place.alerts())[0]?.count, 1);
  assert.equal(place.logged.filter(line => line.includes('does not answer')).length, 1);
  await place.close();
  assert.equal(place.logged.filter(line => line.includes('answers again')).length, 1);
  await away.close();
});

test('a checkpoint is written while events come, and the bus is told what is not needed any more', async t => {
  const place = await prepare(t);
  const { promise: written, resolve } = Promise.withResolvers<void>();
  const checkpoint: AnalysisStore['checkpoint'] = async given => {
    await place.store.checkpoint(given);
    resolve();
  };
  const service = await place.run({ ...place.store, checkpoint }, 20);
  await place.bus.publish('events', [theft(1)]);
  await written;
  await service.close();
  assert.equal((await place.bus.stats()).lag['events/analysis'], 0);
  const { rows } = await place.client.query(
    'SELECT program, value FROM baselines b JOIN baseline_entries e ON e.baseline_id = b.id',
  );
  assert.deepEqual(rows, [{ program: '/usr/bin/cat', value: 'read /etc/hostname' }]);
});

test('an analysis that lost its partition and can not claim it again says why and goes on as soon as it can', async t => {
  const place = await prepare(t);
  let refusals = 0;
  const { promise: refusedTwice, resolve } = Promise.withResolvers<void>();
  let isBroken = false;
  const claim: AnalysisStore['claim'] = async partition => {
    if (!isBroken) return place.store.claim(partition);
    if (++refusals === 2) resolve();
    throw new Error('relation "analysis_positions" does not exist');
  };
  await place.run({ ...place.store, claim });
  isBroken = true;
  await place.store.claim(0);
  await place.bus.publish('events', [theft(1)]);
  await refusedTwice;
  const changed = place.changed();
  isBroken = false;
  await changed;
  assert.equal((await place.alerts())[0]?.count, 1);
  assert.equal(place.logged.filter(line => line.includes('can not be consumed from')).length, 1);
});
