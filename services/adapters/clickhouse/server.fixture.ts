/**
 * A server for a contract suite, with a database of its own: the one that CLICKHOUSE_URL names (CLICKHOUSE_USER and
 * CLICKHOUSE_PASSWORD beside it, as for `npm run cluster`), or an embedded engine.
 */

import { randomBytes } from 'node:crypto';
import { startClickHouse } from '../../engines/clickhouse.fixture.ts';
import type { ClickHouseAccess } from '../../engines/clickhouse.ts';
import { type ClickHouseServer, command, connect } from './connection.ts';

export interface TestServer {
  /** Its database is there, and empty. */
  readonly server: ClickHouseServer;
  /** Drops the database. */
  close(): Promise<void>;
}

export async function openTestServer(environment: NodeJS.ProcessEnv): Promise<TestServer> {
  const stack = new AsyncDisposableStack();
  try {
    const given = named(environment);
    const access = given ?? stack.adopt(await startClickHouse(), clickhouse => clickhouse.close());
    const { url, user, password } = access;
    const database = `picket_test_${randomBytes(6).toString('hex')}`;
    const outside = stack.adopt(connect({ url, user, password, database: 'default' }), client => client.close());
    await command(outside, `CREATE DATABASE ${database}`);
    stack.defer(() => command(outside, `DROP DATABASE ${database} SYNC`));
    return { server: { url, user, password, database }, close: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function named({
  CLICKHOUSE_URL: url,
  CLICKHOUSE_USER: user = 'default',
  CLICKHOUSE_PASSWORD: password = '',
}: NodeJS.ProcessEnv): ClickHouseAccess | undefined {
  return url ? { url, user, password } : undefined;
}
