/**
 * The ClickHouse engine as a child process: told by its parent over IPC where its data is and how it is reached, it
 * serves ClickHouse's HTTP interface until SIGTERM, or until its parent is gone.
 */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from './front/engine.ts';
import { createFront } from './front/http.ts';
import { giveWay } from './give-way.ts';

/** The parent's message. */
export interface FrontOrder {
  readonly folder: string;
  /** Address to listen on; loopback unless told otherwise. */
  readonly host?: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/**
 * Small caches and pools, and merges last: the engine shares the machine with those who answer agents and people. Files of
 * the engine, for what it reads at start only; limits of single queries are settings (front/statement.ts).
 */
const configuration = `<clickhouse>
  <max_server_memory_usage>700000000</max_server_memory_usage>
  <mark_cache_size>33554432</mark_cache_size>
  <primary_index_cache_size>33554432</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_mark_cache_size>8388608</index_mark_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <mmap_cache_size>64</mmap_cache_size>
  <compiled_expression_cache_size>8388608</compiled_expression_cache_size>
  <max_thread_pool_size>200</max_thread_pool_size>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <os_threads_nice_value_merge_mutate>10</os_threads_nice_value_merge_mutate>
  <merge_tree>
    <merge_max_block_size>4096</merge_max_block_size>
    <max_bytes_to_merge_at_max_space_in_pool>10000000000</max_bytes_to_merge_at_max_space_in_pool>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
  </merge_tree>
</clickhouse>
`;

// Before the engine makes its threads, which have the priority of the one that makes them.
giveWay();
process.on('SIGINT', () => undefined);
const [order] = (await once(process, 'message')) as [FrontOrder];
// Not what was asked for: the loader passes over what it can't load, as where the project's path has a space.
if (!readFileSync('/proc/self/maps', 'utf8').includes('/write-guard.so'))
  process.stderr.write(
    'events can be lost when the disk runs full, for the write guard is not loaded: it takes a C compiler (cc, gcc or clang) at set-up, and a path of Picket without spaces or colons\n',
  );
const configurationFile = join(order.folder, 'picket.xml');
mkdirSync(order.folder, { recursive: true, mode: 0o700 });
writeFileSync(configurationFile, configuration, { mode: 0o600 });
const engine = new Engine(join(order.folder, 'data'), configurationFile);

// In memory where there is such a place: a body is read once, at once. Named by the data folder, so that what a killed
// engine left there is found.
const place = createHash('sha256').update(order.folder).digest('hex').slice(0, 16);
const uploadFolder = existsSync('/dev/shm') ? `/dev/shm/picket-uploads-${place}` : join(order.folder, 'uploads');
rmSync(uploadFolder, { recursive: true, force: true });
mkdirSync(uploadFolder, { mode: 0o700 });

const front = createFront(
  { user: order.user, password: order.password, uploadFolder, maxSqlBytes: 1_000_000, maxDataBytes: 256_000_000 },
  engine,
);
// Longer than clients keep a connection that nobody uses: an insert must not meet one that is being closed.
front.keepAliveTimeout = 30_000;
front.listen(order.port, order.host ?? '127.0.0.1');
await once(front, 'listening');

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
// The parent is gone: an engine that nobody watches must not hold the data folder.
process.on('disconnect', () => stop.abort());
if (!process.connected) stop.abort();
if (!stop.signal.aborted) await once(stop.signal, 'abort');
front.close();
front.closeIdleConnections();
await engine.close();
front.closeAllConnections();
rmSync(uploadFolder, { recursive: true, force: true });
process.exit(0);
