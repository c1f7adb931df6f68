import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import pg from 'pg';
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

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
});
after(() => server.close());

const keyOf = ({ endpoint, detector, program, deviation }: ReturnType<typeof finding>) => [
  endpoint,
  detector,
  program,
  deviation,
];
const whereKey = 'WHERE endpoint_id = $1 AND detector = $2 AND program = $3 AND deviation = $4';

async function open(): Promise<AnalysisStoreUnderTest & { url: string; client: pg.Client }> {
  const url = await server.database();
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

analysisStoreContract('PostgreSQL', open);

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
  const recorded = under.store.record([finding({ sequence: 11 })]);
  const endWaiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`;
  while ((await under.client.query(endWaiting)).rowCount === 0);
  await assert.rejects(recorded, AnalysisStoreUnavailable);
  assert.equal(await under.store.position(0), undefined);
  await under.store.close();
});
