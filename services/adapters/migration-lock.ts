/**
 * Locks that migrations of PostgreSQL wait for. A statement that waits for a table's lock holds up everybody who comes behind it, so
 * it waits for seconds at a time, says for whom, and is given up in the end: a service that does not start and says why is better
 * than one that hangs.
 */

import pg from 'pg';
import type { Logger } from 'pino';

export interface LockPatience {
  /** Milliseconds for another service that migrates at the same time. */
  readonly others: number;
  /** Milliseconds that a statement waits for a lock, at each try. */
  readonly statement: number;
  readonly tries: number;
}

export const lockPatience: LockPatience = { others: 300_000, statement: 5_000, tries: 12 };

/** Any fixed number: servers that start at once wait for each other. */
export const advisoryLock = 0x7069636b;

/** The session is the only one that migrates, until it ends. Rejects where another one does not come to its end. */
export async function migrateAlone(client: pg.ClientBase, patience: LockPatience, log: Logger): Promise<void> {
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS got', [advisoryLock]);
  if (rows[0].got) return;
  log.info({ patienceMs: patience.others }, 'another service migrates the control store; waiting for it');
  await client.query(`SET lock_timeout = ${patience.others}`);
  await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]).catch(async error => {
    if (!isLockTimeout(error)) throw error;
    throw new Error(
      `another session has been migrating the control store for more than ${seconds(patience.others)}: ` +
        `${await told(client, holdersOfAdvisoryLock, [advisoryLock])}; see what it waits for, or end it with pg_terminate_backend(pid)`,
      { cause: error },
    );
  });
}

/** Runs `apply` in a transaction, anew where a lock was not to be had in time. Rejects with who may hold it after the last try. */
export async function withLocks(
  client: pg.ClientBase,
  name: string,
  patience: LockPatience,
  log: Logger,
  apply: () => Promise<void>,
): Promise<void> {
  await client.query(`SET lock_timeout = ${patience.statement}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query('BEGIN');
      await apply();
      await client.query('COMMIT');
      return;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      await client.query('ROLLBACK');
      const holders = await told(client, openTransactions, []);
      if (attempt >= patience.tries) {
        throw new Error(
          `no lock in ${attempt} tries of ${seconds(patience.statement)}; open transactions: ${holders}; ` +
            'end what holds it (pg_terminate_backend(pid)) and start again',
          { cause: error },
        );
      }
      log.warn({ migration: name, attempt, holders }, 'a migration waits for a lock; it will try again');
    }
  }
}

/** SQLSTATE lock_not_available. */
const isLockTimeout = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '55P03';

const session = `a.pid, coalesce(nullif(a.application_name, ''), 'without a name') AS name, a.state,
  extract(epoch FROM now() - coalesce(a.xact_start, a.backend_start))::integer AS age`;

const openTransactions = `SELECT ${session} FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
  ORDER BY a.xact_start LIMIT 3`;

const holdersOfAdvisoryLock = `SELECT ${session} FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1 AND a.datname = current_database()`;

async function told(client: pg.ClientBase, query: string, values: readonly unknown[]): Promise<string> {
  const { rows } = await client.query(query, [...values]);
  const words = rows.map(
    ({ pid, name, state, age }) => `pid ${pid} (${name}, ${state ?? 'state unknown'}, for ${age} s)`,
  );
  return words.join(', ') || 'none any more';
}

const seconds = (millis: number): string => `${millis / 1000} s`;
