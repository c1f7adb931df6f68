import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Micros } from '../../domain/events/ids.ts';
import { judgeSilence } from '../../domain/sensor/silent.ts';
import { systemPostgres } from '../../engines/system-postgres.ts';
import {
  type AnalysisStoreUnderTest,
  ada,
  analysisStoreContract,
  bob,
  finding,
} from '../../ports/analysis-store.contract.ts';
import { AnalysisStoreUnavailable } from '../../ports/analysis-store.ts';
import { startPostgres, type TestPostgres } from '../control-store/postgres.fixture.ts';
import { postgresAnalysisStore } from './postgres.ts';

const system = systemPostgres();
let server: TestPostgres;
/** The one of the system's packages: of what Picket runs on, mostly the oldest. */
let systems: TestPostgres;
before(async () => {
  [server, systems] = await Promise.all([startPostgres(), startPostgres(system)]);
});
after(() => Promise.all([server.close(), systems.close()]));

const keyOf = ({ endpoint, detector, program, deviation }: ReturnType<typeof finding>) => [
  endpoint,
  detector,
  program,
  deviation,
];
const whereKey = 'WHERE endpoint_id = $1 AND detector = $2 AND program = $3 AND deviation = $4';

async function open(of = server): Promise<AnalysisStoreUnderTest & { url: string; client: pg.Client }> {
  const url = await of.database();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const add = 'INSERT INTO endpoints (id, name, public_key, last_seen_at) VALUES ($1::uuid, $1::uuid::text, $2, now())';
  for (const id of [ada, bob]) await client.query(add, [id, Buffer.alloc(32, id)]);
  const store = postgresAnalysisStore({ url });
  return {
    url,
    client,
    store,
    async alert(of) {
      const { rows } = await client.query(
        `SELECT count::integer, status, (extract(epoch FROM first_seen_at) * 1000000)::bigint AS first,
                (extract(epoch FROM last_seen_at) * 1000000)::bigint AS last FROM alerts ${whereKey}`,
        keyOf(of),
      );
      const row = rows[0];
      return (
        row && { count: row.count, status: row.status, firstSeenAt: Number(row.first), lastSeenAt: Number(row.last) }
      );
    },
    async close(of, verdict) {
      await client.query(`UPDATE alerts SET status = 'closed', verdict = $5 ${whereKey}`, [...keyOf(of), verdict]);
    },
    async dispose() {
      await store.close();
      await client.end();
    },
  };
}

analysisStoreContract('PostgreSQL', () => open());
analysisStoreContract(`PostgreSQL ${system.version}`, () => open(systems));

test('PostgreSQL: an alert keeps its first 50 findings, and its history says created and reopened', async () => {
  const under = await open();
  await under.store.record(Array.from({ length: 30 }, (_, i) => finding({ sequence: i })));
  await under.store.record(Array.from({ length: 30 }, (_, i) => finding({ sequence: 30 + i })));
  await under.close!(finding(), 'true_positive');
  await under.store.record([finding({ sequence: 99 })]);
  const findings = await under.client.query('SELECT count(*)::integer AS kept FROM findings');
  assert.equal(findings.rows[0].kept, 50);
  const history = await under.client.query('SELECT action FROM alert_history ORDER BY id');
  assert.deepEqual(
    history.rows.map(({ action }) => action),
    ['created', 'reopened'],
  );
  await under.dispose();
});

test('PostgreSQL: each changed alert is announced once on the channel alerts', async () => {
  const under = await open();
  await under.client.query('LISTEN alerts');
  const announced = once(under.client, 'notification', { signal: AbortSignal.timeout(30_000) });
  await under.store.record([finding(), finding({ sequence: 11 })]);
  const [{ payload }] = (await announced) as [{ payload: string }];
  const { rows } = await under.client.query('SELECT id FROM alerts');
  assert.deepEqual(rows, [{ id: payload }]);
  await under.dispose();
});

test('PostgreSQL: broken connections and a server that is gone are told apart from a bug', async () => {
  const under = await open();
  under.client.on('error', () => undefined);
  await server.breakConnections(under.url);
  await under.store.position(0).catch(error => assert.ok(error instanceof AnalysisStoreUnavailable));
  assert.equal(await under.store.position(0), undefined);
  await under.store.close();
  const away = postgresAnalysisStore({ url: 'postgres://nobody@127.0.0.1:1/none' });
  await assert.rejects(away.record([finding()]), AnalysisStoreUnavailable);
  await away.close();
  await under.client.end().catch(() => undefined);
});

test('PostgreSQL: a connection that breaks within a transaction is an error of that call, not the end of the process', async () => {
  const under = await open();
  under.client.on('error', () => undefined);
  // The row is locked: the store waits for it within its transaction. Only its connection is ended: were the lock's holder ended
  // with it, the store could win the row and commit before its own end reached it.
  await under.store.record([finding()]);
  await under.client.query('BEGIN');
  await under.client.query('SELECT FROM alerts FOR UPDATE');
  const refused = assert.rejects(under.store.record([finding({ sequence: 11 })]), AnalysisStoreUnavailable);
  const endWaiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`;
  while ((await under.client.query(endWaiting)).rowCount === 0);
  await refused;
  assert.equal(await under.store.position(0), undefined);
  await under.store.close();
});

const micros = (instant: string) => `(extract(epoch FROM ${instant}) * 1000000)::float8`;

/** Blind times of an endpoint, in microseconds from `zero`. */
async function spans({ client }: { client: pg.Client }, zero: number) {
  const { rows } = await client.query(
    `SELECT detector, ${micros('began_at')} - ${zero} AS from, ${micros('ended_at')} - ${zero} AS until, lost::integer, explanation
       FROM blind_spans WHERE endpoint_id = $1 ORDER BY began_at, detector`,
    [ada],
  );
  return rows.map(({ detector, from, until, lost, explanation }) => [detector, from, until, lost, explanation]);
}

test('PostgreSQL: losses that follow each other are one blind time, a finding that comes again adds nothing', async () => {
  const under = await open();
  const { time } = finding();
  const at = (seconds: number) => (time + seconds * 1_000_000) as typeof time;
  const lost = (sequence: number, from: number, until: number) =>
    finding({ detector: 'sensor.loss', sequence, blind: { from: at(from), until: at(until), lost: 5 } });
  await under.store.record([lost(1, 0, 10)]);
  await under.store.record([lost(2, 20, 30)]);
  await under.store.record([lost(2, 20, 30), lost(3, 500, 510)]);
  assert.deepEqual(await spans(under, time), [
    ['sensor.loss', 0, 30_000_000, 10, null],
    ['sensor.loss', 500_000_000, 510_000_000, 5, null],
  ]);
  await under.dispose();
});

test('PostgreSQL: what had no end gets the one that came after its beginning', async () => {
  const under = await open();
  const { time } = finding();
  const at = (seconds: number) => (time + seconds * 1_000_000) as typeof time;
  const stopped = (sequence: number, from: number) =>
    finding({ detector: 'sensor.stopped', sequence, blind: { from: at(from), until: undefined, lost: 0 } });
  await under.store.record([stopped(1, 0), stopped(2, 100)]);
  await under.store.recover([{ endpoint: ada, detector: 'sensor.stopped', at: at(50) }]);
  const expected = [
    ['sensor.stopped', 0, 50_000_000, 0, null],
    ['sensor.stopped', 100_000_000, null, 0, null],
  ];
  assert.deepEqual(await spans(under, time), expected);
  await under.store.recover([{ endpoint: ada, detector: 'sensor.stopped', at: at(50) }]);
  assert.deepEqual(await spans(under, time), expected);
  await under.dispose();
});

/** What ingress tells of ada, seconds after `zero`. */
async function heard({ client }: { client: pg.Client }, zero: number, seconds: number, heartbeat: object) {
  const at = new Date(zero / 1000 + seconds * 1000).toISOString();
  await client.query(
    'UPDATE endpoints SET last_seen_at = $1, heartbeat_at = $1, heartbeat = $2, boot_id = $3 WHERE id = $4',
    [at, JSON.stringify(heartbeat), '11111111-1111-4111-8111-111111111111', ada],
  );
  await client.query('UPDATE endpoints SET last_seen_at = NULL WHERE id = $1', [bob]);
}

test('PostgreSQL: a silent host is found once, by however many instances, until it is heard again', async () => {
  const under = await open();
  const second = 1_000_000;
  const zero = 1_760_000_000 * second;
  const look = (seconds: number) => {
    const now = (zero + seconds * second) as Micros;
    return under.store.watchSilence(now, (host, receptions) => judgeSilence(host, receptions, now));
  };
  await under.client.query(
    "INSERT INTO ingress_reception VALUES (gen_random_uuid(), to_timestamp($1), to_timestamp($1) + interval '1 hour')",
    [zero / second - 3600],
  );
  const beat = { startedMicros: 7, suspendedMicros: 0, stalledMicros: 0, intervalMillis: 10_000 };
  await heard(under, zero, 0, beat);
  await under.client.query("UPDATE ingress_reception SET alive_at = alive_at + interval '1 hour'");
  assert.deepEqual(await look(20), []);
  assert.deepEqual(await look(31), ['created']);
  assert.deepEqual((await Promise.all([look(35), look(35)])).flat(), []);
  assert.deepEqual(await spans(under, zero), [['sensor.silent', 0, null, 0, null]]);
  await heard(under, zero, 100, { ...beat, suspendedMicros: 90 * second });
  assert.deepEqual(await look(105), []);
  assert.deepEqual(await spans(under, zero), [['sensor.silent', 0, 100 * second, 0, 'The host was suspended.']]);
  assert.deepEqual(await look(140), ['counted']);
  await heard(under, zero, 150, { ...beat, stopping: { signal: 15 } });
  assert.deepEqual(await look(300), [], 'it said good-bye');
  await under.dispose();
});

test('PostgreSQL: an odd heartbeat does not stop the look for silent hosts', async () => {
  const under = await open();
  await heard(under, 1_760_000_000_000_000, 0, { startedMicros: 'soon', stopping: [], intervalMillis: { a: 1 } });
  assert.deepEqual(await under.store.watchSilence(1_760_000_900_000_000 as Micros, () => undefined), []);
  await under.dispose();
});
