import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { systemPostgres } from '../../engines/system-postgres.ts';
import { controlStoreContract } from '../../ports/control-store.contract.ts';
import { StoreUnavailable } from '../../ports/control-store.ts';
import { openControlStore } from './control-store.ts';
import { startPostgres, type TestPostgres } from './postgres.fixture.ts';

const system = systemPostgres();
let server: TestPostgres;
/** The one of the system's packages: of what Picket runs on, mostly the oldest. */
let systems: TestPostgres;
before(async () => {
  [server, systems] = await Promise.all([startPostgres(), startPostgres(system)]);
});
after(() => Promise.all([server.close(), systems.close()]));

async function open(of = server) {
  const url = await of.database();
  const client = new pg.Client({ connectionString: url });
  // A test breaks all connections, this one too.
  client.on('error', () => undefined);
  await client.connect();
  const store = openControlStore({ url });
  return {
    url,
    store,
    async addAlert({ id, endpoint, program, severity, techniques, count, firstSeenAt, lastSeenAt }) {
      const evidence = { reason: `${program} did it`, saw: [], usual: [], ancestry: [] };
      await client.query(
        `INSERT INTO alerts (id, endpoint_id, detector, program, deviation, title, severity, techniques, count,
           first_seen_at, last_seen_at, last_stream, last_sequence, exec_id, evidence)
         VALUES ($1, $2, 'd', $3, 'x', 'Title', $4, $5, $6, $7, $8, '', 0, 'e', $9)`,
        [id, endpoint, program, severity, techniques, count, firstSeenAt, lastSeenAt, evidence],
      );
    },
    async seen(endpoint, at) {
      await client.query('UPDATE endpoints SET last_seen_at = $2 WHERE id = $1', [endpoint, at]);
    },
    async dispose() {
      await store.close();
      await client.end().catch(() => undefined);
    },
  } satisfies Awaited<ReturnType<Parameters<typeof controlStoreContract>[1]>> & { url: string };
}

controlStoreContract('PostgreSQL', () => open());
controlStoreContract(`PostgreSQL ${system.version}`, () => open(systems));

test('PostgreSQL: after its connections broke the store answers again, and who listens is told that something may be missed', async () => {
  const { store, url, dispose } = await open();
  await store.changes.ready();
  const told: (string | undefined)[] = [];
  let wake: () => void = () => undefined;
  store.changes.listen('endpoints', id => {
    told.push(id);
    wake();
  });
  const toldOf = async (times: number) => {
    while (told.length < times) await new Promise<void>(resolve => (wake = resolve));
  };
  await server.breakConnections(url);
  // Once when it broke, once when it is back.
  await toldOf(2);
  assert.deepEqual(told, [undefined, undefined]);
  const id = '00000000-0000-4000-8000-000000000001';
  await store.endpoints.add({ id: id as never, name: 'web', publicKey: new Uint8Array(32) }, 'system');
  await toldOf(3);
  assert.equal(told[2], id);
  await dispose();
});

test('PostgreSQL: changes that fail because their connection broke do not use up the connections', async () => {
  const { store, url, dispose } = await open();
  const note = () => store.audit.note({ action: 'x', subject: null, detail: {} }, 'system');
  const comment = () => store.alerts.comment('00000000-0000-4000-8000-000000000001', 'x', 'system');
  for (let round = 0; round < 12; round++) {
    await Promise.allSettled([comment(), comment()]);
    await server.breakConnections(url);
    await Promise.allSettled([comment(), comment()]);
  }
  // More at once than the pool has: were one lost, closing would wait for it for ever.
  await Promise.allSettled(Array.from({ length: 20 }, note));
  await dispose();
});

test('PostgreSQL: a server that is not there is an error that says so', async () => {
  const store = openControlStore({ url: 'postgres://picket@127.0.0.1:9/none' });
  await assert.rejects(store.users.assignees(), StoreUnavailable);
  assert.equal(await store.ping(), false);
  await store.close();
});

test('PostgreSQL: what waits for too long is given up by the server, on no more connections than the pool has', async () => {
  const url = await server.database();
  const poolSize = 3;
  const store = openControlStore({ url, poolSize, statementTimeoutMs: 4_000 });
  await store.changes.ready();
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE users');
  const asked = Array.from({ length: 2 * poolSize }, () => store.users.assignees());
  const given = Promise.allSettled(asked);
  // From outside of the transaction: within one, who is active stays as it was at the first look.
  const watcher = new pg.Client({ connectionString: url });
  await watcher.connect();
  let waiting = 0;
  for (const end = performance.now() + 20_000; waiting < poolSize; ) {
    assert.ok(performance.now() < end, `${waiting} statements wait for the table`);
    const { rows } = await watcher.query(
      "SELECT count(*)::integer AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    waiting = rows[0].waiting;
  }
  const { rows } = await watcher.query(
    "SELECT count(*)::integer AS held FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'picket'",
  );
  // And the one that listens for changes.
  assert.equal(rows[0].held, poolSize + 1);
  await watcher.end();
  for (const answer of await given) {
    assert.ok(answer.status === 'rejected' && answer.reason instanceof StoreUnavailable, JSON.stringify(answer));
  }
  await holder.end();
  await store.users.assignees();
  await store.close();
});

test('PostgreSQL: the audit log can be neither changed nor shortened', async () => {
  const { store, url, dispose } = await open();
  await store.audit.note({ action: 'x', subject: null, detail: {} }, 'system');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await assert.rejects(client.query("UPDATE audit_log SET action = 'y'"), /append only/);
  await assert.rejects(client.query('DELETE FROM audit_log'), /append only/);
  await client.end();
  await dispose();
});
