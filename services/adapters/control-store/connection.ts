/** How the adapter holds its connections, and what counts as the store being away. */

import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { StoreUnavailable } from '../../ports/control-store.ts';
import { postgresPool } from '../postgres-pool.ts';

export type Database = NodePgDatabase;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** Either: what reads runs inside and outside of transactions. */
export type Queries = Database | Transaction;

export interface ConnectionConfig {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  readonly poolSize?: number;
  /** After this a statement is given up by the server. */
  readonly statementTimeoutMs?: number;
  /** Told of a connection that broke while nobody used it. */
  readonly onError?: (error: Error) => void;
}

/** Instants are read as text, so the session's time zone is fixed. */
const session = '-c timezone=UTC -c datestyle=ISO';

export function clientConfig(config: ConnectionConfig): pg.ClientConfig {
  return {
    connectionString: config.url,
    options: `${session} -c statement_timeout=${config.statementTimeoutMs ?? 15_000} -c lock_timeout=5000`,
    connectionTimeoutMillis: 5_000,
    application_name: 'picket',
    keepAlive: true,
  };
}

export function connect(config: ConnectionConfig): { database: Database; pool: pg.Pool } {
  const pool = postgresPool({ ...clientConfig(config), max: config.poolSize ?? 10 }, config.onError);
  const database = drizzle(pool);
  return { database: Object.assign(database, { transaction: transactionOn(pool) }), pool };
}

/**
 * drizzle-orm 0.45 takes a connection for a transaction and does not give it back when BEGIN fails: a few restarts of the
 * server would use up the pool. Here it is given back whatever happens, and closed where it may be broken.
 */
function transactionOn(pool: pg.Pool): Database['transaction'] {
  return async (run, config) => {
    const client = await pool.connect();
    let broken = false;
    try {
      return await drizzle(client).transaction(run, config);
    } catch (error) {
      broken = isUnavailable(error);
      throw error;
    } finally {
      client.release(broken);
    }
  };
}

/** SQLSTATE of the error that PostgreSQL gave, where it was one. */
export function sqlState(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof pg.DatabaseError) return at.code;
  }
  return undefined;
}

export const uniqueViolation = '23505';

/** Connection lost or refused, server starting or stopping, too many connections, disk full, statement or lock timeout. */
const unavailableStates = /^(08|53|57P|57014|55P03|58)/;
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return unavailableStates.test(state);
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && networkCodes.has(at.code)) return true;
    // pg reports these without a code.
    if (/connection terminated|timeout exceeded when trying to connect|timeout expired/i.test(at.message)) return true;
  }
  return false;
}

/** The same store, whose methods reject with `StoreUnavailable` where the cause lies in PostgreSQL being away. */
export function guarded<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return async (...inputs: unknown[]) => {
        try {
          return await (value as (...inputs: unknown[]) => Promise<unknown>).apply(target, inputs);
        } catch (error) {
          throw isUnavailable(error) ? new StoreUnavailable('PostgreSQL does not answer', { cause: error }) : error;
        }
      };
    },
  });
}
