/**
 * Brings a store's schema to what this version expects: numbered files of SQL, each applied once, in order, never back.
 * What was applied is kept in the store with a checksum: a file that was changed afterwards is an error, not a surprise.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';
import type { Logger } from 'pino';
import type { ClickHouseServer } from './clickhouse/connection.ts';
import { command, connect, rows } from './clickhouse/connection.ts';
import { laidOut } from './clickhouse/layout.ts';
import { type LockPatience, lockPatience, migrateAlone, withLocks } from './migration-lock.ts';

export interface Migration {
  readonly number: number;
  /** File name. */
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** A changed, missing or newer migration: this version does not fit what the store holds. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

export const controlMigrations = (): Migration[] => readMigrations(new URL('../sql/control/', import.meta.url));
export const eventMigrations = (): Migration[] => readMigrations(new URL('../sql/events/', import.meta.url));

/** Files `0001_name.sql` of a folder, by number. */
export function readMigrations(folder: URL): Migration[] {
  const files = readdirSync(folder).filter(file => file.endsWith('.sql'));
  return files.sort().map((name, i) => {
    const number = Number(/^(\d{4})_/.exec(name)?.[1]);
    if (number !== i + 1) {
      throw new Error(
        `${fileURLToPath(folder)}${name}: the number ${String(i + 1).padStart(4, '0')} expected: no holes, none twice`,
      );
    }
    const sql = readFileSync(new URL(name, folder), 'utf8');
    return { number, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/** What is still to be applied. Throws `SchemaMismatch`. */
export function pending(
  migrations: readonly Migration[],
  applied: readonly { number: number; name: string; checksum: string }[],
): Migration[] {
  for (const { number, name, checksum } of applied) {
    const known = migrations.find(migration => migration.number === number);
    if (!known)
      throw new SchemaMismatch(
        `the store holds migration ${name}, which this version does not know: run the newer version`,
      );
    if (known.checksum !== checksum)
      throw new SchemaMismatch(
        `migration ${known.name} was changed after it was applied: undo the change and add a new file`,
      );
  }
  return migrations.filter(({ number }) => !applied.some(done => done.number === number));
}

/**
 * Each file is one transaction. Rejects with the file's name where one fails or does not get its locks; those before it stay applied.
 */
export async function migratePostgres(
  url: string,
  migrations: readonly Migration[],
  log: Logger,
  patience: LockPatience = lockPatience,
): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'picket migrations' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await migrateAlone(client, patience, log);
    await client.query(`CREATE TABLE IF NOT EXISTS migrations (
      number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const { rows: applied } = await client.query('SELECT number, name, checksum FROM migrations');
    for (const { number, name, sql, checksum } of pending(migrations, applied)) {
      await withLocks(client, name, patience, log, async () => {
        await client.query(sql);
        await client.query('INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)', [
          number,
          name,
          checksum,
        ]);
      }).catch(error => {
        throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
      });
      log.info({ migration: name }, 'control store migrated');
    }
  } finally {
    // Ends the transaction and gives the lock back.
    await client.end();
  }
}

/**
 * Makes the database, then applies each file statement by statement, on every server where a cluster is named. ClickHouse
 * has no transactions and no locks: a statement must bear being run twice, and by two servers at once (IF NOT EXISTS), for
 * a start that was killed between a file and its record, and for services that start together.
 *
 * What is there is only looked at: a statement on a cluster waits for each of its servers, and a service must be able to start
 * while one is away.
 */
export async function migrateClickHouse(
  server: ClickHouseServer,
  migrations: readonly Migration[],
  log: Logger,
): Promise<void> {
  const { cluster, database } = server;
  const outside = connect({ ...server, database: 'default' });
  try {
    await checkLayout(outside, server);
    const there = await rows(outside, 'SELECT 1 FROM system.databases WHERE name = {database:String}', { database });
    if (there.length === 0)
      await command(outside, laidOut(`CREATE DATABASE IF NOT EXISTS ${database} {{on cluster}}`, cluster));
  } finally {
    await outside.close();
  }
  const client = connect(server);
  try {
    // On a cluster this name is made last.
    const recorded = "SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'";
    if ((await rows(client, recorded)).length === 0) {
      for (const statement of statementsOf(laidOut(recordOfMigrations, cluster))) await command(client, statement);
    }
    const applied = await rows<{ number: number; name: string; checksum: string }>(
      client,
      'SELECT number, name, checksum FROM migrations FINAL',
    );
    for (const { number, name, sql, checksum } of pending(migrations, applied)) {
      for (const statement of statementsOf(laidOut(sql, cluster))) {
        await command(client, statement).catch(error => {
          throw new Error(`migration ${name} failed: ${(error as Error).message}`, { cause: error });
        });
      }
      await command(
        client,
        'INSERT INTO migrations (number, name, checksum) SELECT {number:UInt32}, {name:String}, {checksum:String}',
        { number, name, checksum },
      );
      log.info({ migration: name }, 'event store migrated');
    }
  } finally {
    await client.close();
  }
}

/** Two that start at once may write a record twice: one of them counts. */
const recordOfMigrations = `
  CREATE TABLE IF NOT EXISTS {{local migrations}} {{on cluster}}
  (number UInt32, name String, checksum String, applied_at DateTime DEFAULT now())
  ENGINE = {{replicated}}ReplacingMergeTree ORDER BY number;
  {{distributed migrations by number}};
`;

/** Tables of one server do not become a cluster's by naming one. */
async function checkLayout(client: ClickHouseClient, { cluster, database }: ClickHouseServer): Promise<void> {
  const [events] = await rows<{ engine: string }>(
    client,
    "SELECT engine FROM system.tables WHERE database = {database:String} AND name = 'events'",
    { database },
  );
  if (events && (events.engine === 'Distributed') !== (cluster !== undefined)) {
    throw new SchemaMismatch(
      `the events of database ${database} are in a table ${events.engine}, which is not what ` +
        `${cluster === undefined ? 'one server has: name the cluster' : `cluster ${cluster} has: use another database`}`,
    );
  }
}

/** Statements end with a semicolon at the end of a line. */
export function statementsOf(sql: string): string[] {
  return sql
    .split(/;[ \t]*(?:\n|$)/)
    .map(statement => statement.trim())
    .filter(statement => statement.replace(/^\s*--.*$/gm, '').trim() !== '');
}
