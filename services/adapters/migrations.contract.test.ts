import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import pg from 'pg';
import pino from 'pino';
import { startClickHouse, type TestClickHouse } from '../engines/clickhouse.fixture.ts';
import { command, connect, rows } from './clickhouse/connection.ts';
import { setRetention } from './clickhouse/retention.ts';
import { startPostgres, type TestPostgres } from './control-store/postgres.fixture.ts';
import { advisoryLock } from './migration-lock.ts';
import {
  controlMigrations,
  eventMigrations,
  migrateClickHouse,
  migratePostgres,
  SchemaMismatch,
} from './migrations.ts';

const log = pino({ level: 'silent' });
let clickhouse: TestClickHouse;
let postgres: TestPostgres;
before(async () => {
  [clickhouse, postgres] = await Promise.all([startClickHouse(), startPostgres()]);
});
after(() => Promise.all([clickhouse.close(), postgres.close()]));

async function emptyDatabase(): Promise<string> {
  const url = await postgres.database();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await client.end();
  return url;
}

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('servers that start at once migrate an empty PostgreSQL once', async () => {
  const url = await emptyDatabase();
  await Promise.all([1, 2, 3].map(() => migratePostgres(url, controlMigrations(), log)));
  const applied = await sql(url, 'SELECT name FROM migrations ORDER BY number');
  assert.deepEqual(
    applied,
    controlMigrations().map(({ name }) => ({ name })),
  );
  await migratePostgres(url, controlMigrations(), log);
});

test('a migration that fails leaves PostgreSQL as it was, and its name is told', async () => {
  const url = await emptyDatabase();
  const good = { number: 1, name: '0001_good.sql', sql: 'CREATE TABLE good (n int)', checksum: 'a' };
  const bad = { number: 2, name: '0002_bad.sql', sql: 'CREATE TABLE half (n int); SELECT 1 / 0', checksum: 'b' };
  await assert.rejects(migratePostgres(url, [good, bad], log), /0002_bad\.sql failed: division by zero/);
  assert.deepEqual(await sql(url, "SELECT to_regclass('half') AS half, to_regclass('good')::text AS good"), [
    { half: null, good: 'good' },
  ]);
  await assert.rejects(migratePostgres(url, [{ ...good, checksum: 'c' }], log), SchemaMismatch);
});

const impatient = { others: 300, statement: 100, tries: 2 };

test('a migration whose table somebody holds says who, is given up, and is applied by the next start', async () => {
  const url = await emptyDatabase();
  const make = { number: 1, name: '0001_make.sql', sql: 'CREATE TABLE held (n int)', checksum: 'a' };
  const alter = { number: 2, name: '0002_alter.sql', sql: 'ALTER TABLE held ADD m int', checksum: 'b' };
  await migratePostgres(url, [make], log);
  const holder = new pg.Client({ connectionString: url, application_name: 'a long report' });
  await holder.connect();
  const { rows: own } = await holder
    .query('BEGIN; SELECT FROM held; SELECT pg_backend_pid() AS pid')
    .then(results => (results as unknown as pg.QueryResult[]).at(-1)!);
  const said: string[] = [];
  const listening = pino({ level: 'warn' }, { write: line => void said.push(line) });
  await assert.rejects(
    migratePostgres(url, [make, alter], listening, impatient),
    new RegExp(
      `^Error: migration 0002_alter\\.sql failed: no lock in 2 tries of 0\\.1 s; open transactions: pid ${own[0].pid} \\(a long report, idle in transaction, for \\d+ s\\); end what holds it`,
    ),
  );
  assert.deepEqual(
    said.map(line => JSON.parse(line)).map(({ migration, attempt }) => [migration, attempt]),
    [['0002_alter.sql', 1]],
  );
  await holder.end();
  await migratePostgres(url, [make, alter], log, impatient);
  assert.equal((await sql(url, 'SELECT FROM migrations')).length, 2);
});

test('a service that waits for another one’s migration gives up, and says who does not come to an end', async () => {
  const url = await emptyDatabase();
  const stuck = new pg.Client({ connectionString: url, application_name: 'stuck' });
  await stuck.connect();
  await stuck.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
  await assert.rejects(
    migratePostgres(url, controlMigrations(), log, impatient),
    /another session has been migrating the control store for more than 0\.3 s: pid \d+ \(stuck, idle, for \d+ s\); see what/,
  );
  await stuck.end();
  await migratePostgres(url, controlMigrations(), log, impatient);
});

test('ClickHouse is migrated once, and a file whose record was lost may be run again', async () => {
  const server = { ...clickhouse, database: 'migrated' };
  await migrateClickHouse(server, eventMigrations(), log);
  const client = connect(server);
  await command(client, 'TRUNCATE TABLE migrations');
  await migrateClickHouse(server, eventMigrations(), log);
  await migrateClickHouse(server, eventMigrations(), log);
  const applied = await rows(client, 'SELECT name FROM migrations FINAL ORDER BY number');
  assert.deepEqual(
    applied,
    eventMigrations().map(({ name }) => ({ name })),
  );
  await client.close();
});

test('a ClickHouse that is up to date is only looked at: on a cluster a change waits for each server', async t => {
  const server = { ...clickhouse, database: 'looked_at' };
  const statements: string[] = [];
  const between = createServer(async (request, response) => {
    const body = await text(request);
    statements.push(body.trim().split(/\s/)[0]!);
    const headers = Object.entries(request.headers).filter(
      ([name]) => !/^(host|connection|content-length|transfer-)/.test(name),
    );
    const answer = await fetch(new URL(request.url!, clickhouse.url), {
      method: request.method!,
      headers: Object.fromEntries(headers) as Record<string, string>,
      ...(body !== '' && { body }),
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>(resolve => between.listen(0, '127.0.0.1', resolve));
  t.after(() => between.close());
  const { port } = between.address() as AddressInfo;
  const start = async () => {
    await migrateClickHouse({ ...server, url: `http://127.0.0.1:${port}` }, eventMigrations(), log);
    return [...new Set(statements.splice(0))].sort();
  };
  assert.ok((await start()).includes('CREATE'));
  assert.deepEqual(await start(), ['SELECT']);
});

test('servers that start at once migrate an empty ClickHouse once', async () => {
  const server = { ...clickhouse, database: 'at_once' };
  await Promise.all([1, 2, 3].map(() => migrateClickHouse(server, eventMigrations(), log)));
  await migrateClickHouse(server, eventMigrations(), log);
  const client = connect(server);
  assert.deepEqual(
    await rows(client, 'SELECT name FROM migrations FINAL ORDER BY number'),
    eventMigrations().map(({ name }) => ({ name })),
  );
  await client.close();
});

test('tables of one server are not taken for those of a cluster', async () => {
  const server = { ...clickhouse, database: 'one_server' };
  await migrateClickHouse(server, eventMigrations(), log);
  await assert.rejects(
    migrateClickHouse({ ...server, cluster: 'big' }, eventMigrations(), log),
    /one_server are in a table MergeTree.*cluster big/,
  );
});

test('how long events are kept is changed where it differs', async () => {
  const server = { ...clickhouse, database: 'kept' };
  await migrateClickHouse(server, eventMigrations(), log);
  assert.equal(await setRetention(server, 30), false);
  assert.equal(await setRetention(server, 3), true);
  assert.equal(await setRetention(server, 3), false);
  const client = connect(server);
  const tables = await rows<{ name: string; engine_full: string }>(
    client,
    "SELECT name, engine_full FROM system.tables WHERE engine_full LIKE '% TTL %' AND database = 'kept' ORDER BY name",
  );
  assert.deepEqual(
    tables.map(({ name }) => name),
    ['event_hours', 'event_minutes', 'events'],
  );
  for (const { name, engine_full } of tables)
    assert.match(engine_full, /toIntervalDay\(3\).*ttl_only_drop_parts = 1/, name);
  await client.close();
});
