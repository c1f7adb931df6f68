import assert from 'node:assert/strict';
import { env } from 'node:process';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import pino from 'pino';
import type { z } from 'zod';
import { type ClickHouseServer, command, connect } from '../../adapters/clickhouse/connection.ts';
import { openEventStore } from '../../adapters/clickhouse/event-store.ts';
import { openTestServer, type TestServer } from '../../adapters/clickhouse/server.fixture.ts';
import { eventMigrations, migrateClickHouse } from '../../adapters/migrations.ts';
import type { EndpointId, ExecId } from '../../domain/events/ids.ts';
import { micros } from '../../domain/events/ids.ts';
import type { Query } from '../../ports/event-store.ts';
import { eventCount, eventOverview, eventRate } from './count.ts';
import type { EventFilter } from './filter.ts';
import { firstWorthwhile, startsOf } from './look-back.ts';
import { eventsStoredSince } from './newest.ts';
import { eventSearch } from './search.ts';
import { processChildren, processEvents, processKnownBy } from './story.ts';

const day = 86_400_000_000;
const now = micros(Date.now() * 1000);
const endpoint = '00000000-0000-4000-8000-000000000003' as EndpointId;
const execId = '00000000-0000-4000-8000-00000000000a:77:5' as ExecId;
let place: TestServer;
let server: ClickHouseServer;

before(async () => {
  place = await openTestServer(env);
  ({ server } = place);
  await migrateClickHouse(server, eventMigrations(), pino({ level: 'silent' }));
  const client = connect(server);
  // Eight endpoints, four days, ten programs: a part a day, each of ten blocks of the index.
  await command(
    client,
    `INSERT INTO events (endpoint_id, time, kind, exe, boot_id, stream, sequence, pid, start_ticks, parent_pid, exe_hash, path, remote_address)
     SELECT toUUID(concat('00000000-0000-4000-8000-00000000000', toString(number % 8))),
            fromUnixTimestamp64Micro({now:Int64}) - toIntervalMicrosecond(intDiv(number, 80000) * {day:Int64} + number % 80000 * 1000),
            if(number % 3 = 0, 'process.executed', 'file.opened'), concat('/usr/bin/p', toString(number % 10)), generateUUIDv4(), 1, number,
            number, 5, number + 1, SHA256(toString(number % 1000)), concat('/srv/', toString(number)), toIPv6(concat('::ffff:10.', toString(intDiv(number, 65536)), '.', toString(intDiv(number, 256) % 256), '.', toString(number % 256)))
     FROM numbers(320000)`,
    { now: Number(now), day },
  );
  await command(client, 'OPTIMIZE TABLE events FINAL');
  await client.close();
});
after(() => place?.close());

/** Blocks of the index that are read of those that there are, and which indexes left any out. */
async function plan<P extends z.ZodType>(query: Query<P, z.ZodType>, parameters: z.input<P>) {
  const client = connect(server);
  const { stream } = await client.exec({
    query: `EXPLAIN indexes = 1 ${query.sql}`,
    query_params: parameters as Record<string, unknown>,
    clickhouse_settings: {
      use_query_condition_cache: 0,
      use_skip_indexes_on_data_read: 0,
      use_statistics_for_part_pruning: 0,
    },
  });
  const answer = await text(stream);
  await client.close();
  const used = new Set<string>();
  let index = '';
  for (const line of answer.split('\n')) {
    index =
      /^[ │]+(Min-Max|Partition|Statistics|PrimaryKey|Skip)$/.exec(line)?.[1] ??
      /^[ │]+Name: (\w+)$/.exec(line)?.[1] ??
      index;
    const [, left, of] = /^[ │]+Granules: (\d+)\/(\d+)$/.exec(line) ?? [];
    if (Number(left) < Number(of)) used.add(index);
  }
  return { used, answer };
}

const search = (filter: EventFilter) => eventSearch(filter, { limit: 50 });
const hash = 'ab'.repeat(32);
const process = { endpoint, boot: endpoint, pid: 77, ticks: 5, limit: 50 };

const asked: Record<string, { query: { query: Query<z.ZodType, z.ZodType>; parameters: unknown }; uses: string }> = {
  'newest events': { query: search({ from: micros(now - day / 24) }), uses: 'Min-Max' },
  'an endpoint’s events': { query: search({ endpoint }), uses: 'PrimaryKey' },
  'a program on an endpoint': { query: search({ endpoint, program: '/usr/bin/p3' }), uses: 'PrimaryKey' },
  'a process anywhere': { query: search({ execId }), uses: 'exec_id' },
  'a process of an endpoint': { query: search({ endpoint, execId }), uses: 'PrimaryKey' },
  'a path': { query: search({ path: '/srv/777' }), uses: 'paths' },
  'a part of a path, over a day': { query: search({ path: '*v/77*', from: micros(now - day) }), uses: 'Min-Max' },
  'a search over a day': { query: search({ search: 'v/77', from: micros(now - day) }), uses: 'Min-Max' },
  'an address': { query: search({ address: '2001:db8::7' }), uses: 'addresses' },
  'a hash': { query: search({ hash }), uses: 'exe_hashes' },
  'how many of an address': { query: eventCount({ address: '2001:db8::7' }), uses: 'addresses' },
  'how many of an endpoint': { query: eventCount({ endpoint }), uses: 'counts by hour' },
  'how many of a program': { query: eventCount({ program: '/usr/bin/p3' }), uses: 'counts by hour' },
  'events by minute, over an hour': { query: eventRate({ from: micros(now - day / 24) }), uses: 'Min-Max' },
  'what came since': { query: eventsStoredSince({}, micros(now + day), 50), uses: 'Min-Max' },
  'the overview': { query: { query: eventOverview, parameters: { now } }, uses: 'counts by minute' },
  'a story’s events': { query: { query: processEvents, parameters: process }, uses: 'exec_id' },
  'a story’s children': { query: { query: processChildren, parameters: process }, uses: 'parent_id' },
  'a story’s ancestors': {
    query: { query: processKnownBy, parameters: { ...process, from: now - day / 2, to: now } },
    uses: 'Min-Max',
  },
  'a story’s ancestors, whenever': {
    query: { query: processKnownBy, parameters: { ...process, from: 0, to: now } },
    uses: 'exec_id',
  },
};

for (const [what, { query, uses }] of Object.entries(asked)) {
  test(`${what}: found by ${uses}`, async () => {
    const { used, answer } = await plan(query.query, query.parameters as never);
    if (uses === 'counts by hour') assert.match(answer, /ReadFromMergeTree \(\w+\.event_hours\)/);
    else if (uses === 'counts by minute') assert.match(answer, /ReadFromMergeTree \(\w+\.event_minutes\)/);
    else assert.ok(used.has(uses), `${[...used].join(', ')}\n${answer}`);
  });
}

// The events of a day lie in its last 80 seconds.
const lookBacks: [what: string, filter: EventFilter, newest: number, start: number | undefined][] = [
  ['nothing in the last hour', { program: '/usr/bin/p3' }, now + day / 2, now + day / 2 - day / 24],
  ['the last hour lies in the blocks of the last day', { program: '/usr/bin/p3' }, now, now - day],
  ['one block of all', { execId }, now, undefined],
];
for (const [what, filter, newest, start] of lookBacks) {
  test(`where a look back begins: ${what}`, async () => {
    const store = openEventStore(server);
    const starts = startsOf(filter, micros(newest));
    assert.equal(starts[await firstWorthwhile(store, filter, starts)], start);
    await store.close();
  });
}
