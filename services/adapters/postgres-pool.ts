/** Connections to PostgreSQL that outlive its restarts. */

import pg from 'pg';

/** A pool whose connections may break at any moment; `onIdleError` is told of those that broke while nobody used them. */
export function postgresPool(config: pg.PoolConfig, onIdleError?: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({ connectionTimeoutMillis: 5_000, keepAlive: true, ...config });
  pool.on('error', error => onIdleError?.(error));
  // The pool listens to idle connections only: one that breaks within a transaction would end the process. Who uses it
  // learns of it from the query that fails.
  pool.on('connect', client => client.on('error', () => undefined));
  return pool;
}
