/** A PostgreSQL of the tests' own on a free port with a folder of its own, gone when it is closed. */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import pino from 'pino';
import { freePort } from '../../engines/free-port.ts';
import { type PostgresPrograms, preparePostgres } from '../../engines/postgres.ts';
import { WatchedChild } from '../../engines/watched-child.ts';
import { controlMigrations, migratePostgres } from '../migrations.ts';

export interface TestPostgres {
  /** A new database with the current schema; resolves to its URL. */
  database(): Promise<string>;
  /** Breaks every connection to the database, as a restart of the server would. */
  breakConnections(url: string): Promise<void>;
  close(): Promise<void>;
}

/** `programs`: the embedded engine by default. */
export async function startPostgres(programs?: PostgresPrograms): Promise<TestPostgres> {
  const log = pino({ level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'picket-postgres-'));
  // The server runs under an account of its own, which has to get through.
  await chmod(folder, 0o711);
  const { spec, url } = await preparePostgres(folder, await freePort(), programs);
  const durability = ['-c', 'fsync=off', '-c', 'max_connections=200'];
  // A test that was killed leaves none running.
  const orphanSignal = 'SIGQUIT' as const;
  const server = await WatchedChild.start(
    { ...spec, arguments: [...spec.arguments, ...durability], orphanSignal },
    log,
  );
  const urlOf = (database: string) => url.replace(/[^/]*$/, database);
  const admin = new pg.Client({ connectionString: urlOf('postgres') });
  await admin.connect();
  await admin.query('CREATE DATABASE template_picket');
  await migratePostgres(urlOf('template_picket'), controlMigrations(), log);
  let made = 0;
  return {
    async database() {
      const name = `picket_${++made}`;
      await admin.query(`CREATE DATABASE ${name} TEMPLATE template_picket`);
      return urlOf(name);
    },
    async breakConnections(url) {
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        new URL(url).pathname.slice(1),
      ]);
    },
    async close() {
      await admin.end();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
