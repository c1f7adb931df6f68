/** The event store on ClickHouse: the embedded front and a real server alike, over HTTP. */

import { Readable } from 'node:stream';
import type { z } from 'zod';
import { type EventStore, type Query, queryLimits } from '../../ports/event-store.ts';
import { type ClickHouseServer, connect, readingWithin, rows, translated } from './connection.ts';

/** Does not connect: `ping` says whether the store is there. */
export function openEventStore(server: ClickHouseServer, limits = queryLimits): EventStore {
  const client = connect(server);
  /** Gives a query up when the server should have ended it long ago. */
  const reader = connect(server, (limits.seconds + 60) * 1_000);
  const settings = readingWithin(limits);
  return {
    async insert(table, columns, native, token) {
      try {
        const { stream } = await client.exec({
          query: `INSERT INTO ${identifier(table)} (${columns.map(identifier).join(', ')}) FORMAT Native`,
          values: Readable.from([native], { objectMode: false }),
          clickhouse_settings: {
            insert_deduplication_token: token,
            // The block as it is: cut up, a crash could leave a part of it.
            max_insert_block_size: '1000000',
            min_insert_block_size_rows: '1000000',
            async_insert: 0,
            // The counts of 0003_counts.sql remember the token too: what failed between the events and them is made up for.
            deduplicate_blocks_in_dependent_materialized_views: 1,
            ...(server.cluster !== undefined && onCluster),
          },
        });
        await drained(stream);
      } catch (error) {
        throw translated(error);
      }
    },

    async query<P extends z.ZodType, R extends z.ZodType>(
      query: Query<P, R>,
      parameters: z.input<P>,
      signal?: AbortSignal,
    ) {
      const values = query.parameters.parse(parameters) as Record<string, unknown>;
      let found: unknown[];
      try {
        found = await rows(reader, query.sql, values, { signal, settings });
      } catch (error) {
        throw signal?.aborted ? signal.reason : translated(error);
      }
      return found.map(row => query.row.parse(row));
    },

    async ping() {
      return (await client.ping({ select: true })).success;
    },

    async close() {
      await Promise.all([client.close(), reader.close()]);
    },
  };
}

/** An insert is done when its shards have it, and most replicas of each: an event that was acknowledged outlives one. */
const onCluster = { distributed_foreground_insert: 1, insert_quorum: 'auto' } as const;

/** Table and column names go into the SQL as they are. */
function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/i.test(name)) throw new Error(`not a name: ${JSON.stringify(name)}`);
  return name;
}

/** An error that comes after the status line stands in the body. */
async function drained(stream: Readable): Promise<void> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  if (/DB::Exception/.test(text)) throw new Error(text.slice(0, 2_000));
}
