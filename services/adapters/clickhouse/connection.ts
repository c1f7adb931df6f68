/** How the adapter speaks to ClickHouse: the client, its limits, and its errors by what they mean for the caller. */

import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { EventStoreUnavailable, type QueryLimits } from '../../ports/event-store.ts';

export interface ClickHouseServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Name of the cluster (system.clusters) over which the tables are spread; none: one server holds them. */
  readonly cluster?: string | undefined;
}

/** `patienceMs`: how long a statement may take before the client gives it up. */
export function connect(server: ClickHouseServer, patienceMs = 120_000): ClickHouseClient {
  return createClient({
    url: server.url,
    username: server.user,
    password: server.password,
    database: server.database,
    application: 'picket',
    request_timeout: patienceMs,
    // Expected errors are values or are logged by whom they concern.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      // An answer that fails half-way must not look complete.
      wait_end_of_query: 1,
    },
  });
}

export async function command(
  client: ClickHouseClient,
  sql: string,
  parameters?: Record<string, unknown>,
): Promise<void> {
  await client.command({ query: sql, ...(parameters && { query_params: parameters }) });
}

export interface Asking {
  readonly signal?: AbortSignal | undefined;
  readonly settings?: ClickHouseSettings;
}

export async function rows<Row>(
  client: ClickHouseClient,
  sql: string,
  parameters?: Record<string, unknown>,
  { signal, settings }: Asking = {},
): Promise<Row[]> {
  const answer = await client.query({
    query: sql,
    format: 'JSONEachRow',
    ...(parameters && { query_params: parameters }),
    ...(signal && { abort_signal: signal }),
    ...(settings && { clickhouse_settings: settings }),
  });
  return answer.json<Row>();
}

/** Of a query that only reads, and may take so much. */
export const readingWithin = ({ seconds, memoryBytes, resultBytes }: QueryLimits): ClickHouseSettings => ({
  max_execution_time: seconds,
  max_memory_usage: String(memoryBytes),
  max_result_bytes: String(resultBytes),
  // 1 would refuse the other settings here, and the table functions in the views of a cluster.
  readonly: '2',
  // The server does so of queries that are `readonly` alone.
  cancel_http_readonly_queries_on_client_close: 1,
});

/** Error codes that say "not now" rather than "not so". */
const passing = new Set([
  '159', // TIMEOUT_EXCEEDED
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '236', // ABORTED
  '241', // MEMORY_LIMIT_EXCEEDED
  '242', // TABLE_IS_READ_ONLY
  '252', // TOO_MANY_PARTS
  '279', // ALL_CONNECTION_TRIES_FAILED
  '285', // TOO_FEW_LIVE_REPLICAS
  '319', // UNKNOWN_STATUS_OF_INSERT
  '364', // IMPORT_NOT_POSSIBLE
  '394', // QUERY_WAS_CANCELLED
  '425', // SYSTEM_ERROR
  '999', // KEEPER_EXCEPTION
  '516', // AUTHENTICATION_FAILED: a password being changed; waiting loses nothing
]);

const notEnoughSpace = '243';
const diskFull = /No space left on device|errno: 28|Quota exceeded/i;

/** The same error, as `EventStoreUnavailable` where waiting may help. */
export function translated(error: unknown): unknown {
  if (error instanceof EventStoreUnavailable) return error;
  if (!(error instanceof Error)) return error;
  if (diskFull.test(error.message) || (error instanceof ClickHouseError && error.code === notEnoughSpace))
    return new EventStoreUnavailable('disk-full', error.message, { cause: error });
  if (error instanceof ClickHouseError) {
    return passing.has(error.code) ? new EventStoreUnavailable('busy', error.message, { cause: error }) : error;
  }
  // Not ClickHouse's words: the connection broke, or was not made.
  return new EventStoreUnavailable('down', error.message, { cause: error });
}
