import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import pino from 'pino';
import { startClickHouse, type TestClickHouse } from '../engines/clickhouse.fixture.ts';
import { command, connect, rows } from './clickhouse/connection.ts';
import { setRetention } from './clickhouse/retention.ts';
import { startPostgres, type TestPostgres } from './control-store/postgres.fixture.ts';
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

test('ClickHouse is migrated once, and a file whose record was lost may be run again', async () => {
  const server = { ...clickhouse, database: 'migrated' };
  await migrateClickHouse(server, eventMigrations(), log);
  const client = connect(server);
  await command(client, 'TRUNCATE TABLE migrations');
  await migrateClickHouse(server, eventMigrations(), log);
  await migrateClickHouse(server, eventMigrations(), log);
  const applied = await rows(client, 'SELECT name FROM migrations ORDER BY number');
  assert.deepEqual(
    applied,
    eventMigrations().map(({ name }) => ({ name })),
  );
  await client.close();
});

test('how long events are kept is changed where it differs', async () => {
  const server = { ...clickhouse, database: 'kept' };
  await migrateClickHouse(server, eventMigrations(), log);
  assert.equal(await setRetention(server, 30), false);
  assert.equal(await setRetention(server, 3), true);
  assert.equal(await setRetention(server, 3), false);
  const client = connect(server);
  const [table] = await rows<{ engine_full: string }>(
    client,
    "SELECT engine_full FROM system.tables WHERE name = 'events' AND database = 'kept'",
  );
  assert.match(table!.engine_full, /toIntervalDay\(3\).*ttl_only_drop_parts = 1/);
  await client.close();
});
