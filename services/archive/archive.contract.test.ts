import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { command, connect } from '../adapters/clickhouse/connection.ts';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { eventMigrations, migrateClickHouse } from '../adapters/migrations.ts';
import { micros } from '../domain/events/ids.ts';
import { startClickHouse, type TestClickHouse } from '../engines/clickhouse.fixture.ts';
import type { Message } from '../ports/bus.ts';
import { type EventStore, EventStoreUnavailable, type Query } from '../ports/event-store.ts';
import { eventCount } from '../queries/events/count.ts';
import { findEvents } from '../queries/events/search.ts';
import { claim } from './ownership.ts';
import { type Archive, type ArchiveConfig, runArchive } from './run.ts';
import { everyKind, messageOf, opens, stream } from './sample.fixture.ts';

const log = pino({ level: 'silent' });
const config: ArchiveConfig = { maxRows: 300, waitMs: 20, maxWaitMs: 20, retentionDays: 20, closePatienceMs: 50 };
const now = Date.now() * 1000;
const day = 86_400_000_000;

let clickhouse: TestClickHouse;
let places = 0;
before(async () => {
  clickhouse = await startClickHouse();
});
after(() => clickhouse.close());

/** A bus and a store with nothing in them. */
async function place() {
  const folder = mkdtempSync(join(tmpdir(), 'picket-archive-'));
  const server = { ...clickhouse, database: `archive_${++places}` };
  await migrateClickHouse(server, eventMigrations(), log);
  const store = openEventStore(server);
  const bus = await LogBus.open({ folder, groups: { events: ['archive'] }, reserveBytes: 0 }, log);
  return {
    bus,
    store,
    publish: (...messages: Message[]) => bus.publish('events', messages),
    /** A statement that no service makes. */
    async run(sql: string) {
      const client = connect(server);
      await command(client, sql);
      await client.close();
    },
    archive: (over: EventStore = store, metrics = new Registry(), logger = log) =>
      runArchive(config, { bus, decoder: plainDecoder(), store: over, log: logger, metrics }),
    async [Symbol.asyncDispose]() {
      await bus.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, 'it did not come true in 20 s');
    await delay(10);
  }
}

const count = async (store: EventStore): Promise<number> => {
  const { query, parameters } = eventCount({});
  return (await store.query(query, parameters))[0]!.count;
};

const perSequence: Query<z.ZodObject, z.ZodObject<{ rows: z.ZodString; distinct: z.ZodString }>> = {
  name: 'per-sequence',
  sql: 'SELECT count() AS rows, uniqExact(endpoint_id, stream, sequence) AS distinct FROM events',
  parameters: z.object({}),
  row: z.object({ rows: z.string(), distinct: z.string() }),
};

async function metric(registry: Registry, name: string): Promise<number> {
  const values = (await registry.getSingleMetric(name)!.get()).values;
  return values.reduce((sum, { value }) => sum + value, 0);
}

test('an event of each kind is stored with everything it says, and of a kind that is not known too', async () => {
  await using at = await place();
  await at.publish(messageOf(everyKind(100, now - day), now));
  const archive = await at.archive();
  await until(async () => (await count(at.store)) === 12);
  await archive.close();
  const events = (await findEvents(at.store, {}, { limit: 50 }, micros(now))).reverse();
  assert.deepEqual(
    events.map(({ kind, sequence, time }) => [kind, sequence, time - (now - day)]),
    [
      ['process.forked', 100, 0],
      ['process.executed', 101, 1000],
      ['file.opened', 102, 2000],
      ['file.opened', 103, 3000],
      ['network.connected', 104, 4000],
      ['network.bound', 105, 5000],
      ['unix.connected', 106, 6000],
      ['syscalls.sampled', 107, 7000],
      ['process.exited', 108, 8000],
      ['unknown', 109, 9000],
      ['file.changed', 110, 10_000],
      ['identity.changed', 111, 11_000],
    ],
  );
  const [fork, exec, open, denied, connect, bind, unix, syscalls, exit, unknown, rename, became] = events;
  assert.equal(fork!.number, 11);
  assert.deepEqual(
    [rename!.operation, rename!.path, rename!.asked, rename!.number, rename!.flags, rename!.target],
    ['rename', '/etc/hosts', '/tmp/bad\\xff\\xfe\nname', 1, 2, undefined],
  );
  assert.deepEqual([became!.operation, became!.number, became!.result], ['set-user', 2 ** 32, -1]);
  assert.deepEqual(became!.target, {
    execId: '00112233-4455-6677-8899-aabbccddeeff:10:500',
    pid: 10,
    exe: '/usr/bin/bash',
    uid: 1000,
    euid: 1000,
  });
  assert.deepEqual([exec!.operation, exec!.target], ['', undefined]);
  assert.deepEqual([fork!.exeHash, fork!.package, fork!.loader, fork!.capabilities], ['', '', [], 0]);
  assert.deepEqual(exec, {
    ...exec,
    stream,
    execId: '00112233-4455-6677-8899-aabbccddeeff:11:700',
    parent: { execId: '00112233-4455-6677-8899-aabbccddeeff:10:500', pid: 10, exe: '/usr/bin/bash' },
    exe: '/usr/bin/cat',
    args: ['cat', '/etc/hosts'],
    asked: '/usr/bin/cat',
    cwd: "'; DROP TABLE events; --\n\n",
    user: 'alice',
    cgroup: '/system.slice/ssh.service',
    uid: 1001,
    euid: 0,
    loginuid: 1000,
    processFlags: 32,
    exeHash: 'ab00'.repeat(16),
    package: 'coreutils 9.1-1',
    loader: ['LD_PRELOAD=/tmp/x.so', 'LD_AUDIT=y'],
    capabilities: 2 ** 40 + 1,
    number: 15,
  });
  assert.deepEqual([open!.path, open!.count, open!.inode], ['/etc/hosts', 4, String(2 ** 53 - 1)]);
  assert.deepEqual(
    [denied!.path, denied!.asked, denied!.flags, denied!.result],
    ['/tmp/bad\\xff\\xfe\nname', "'; DROP TABLE events; --\n\n", 0x241, -13],
  );
  assert.deepEqual(
    [
      connect!.protocol,
      connect!.localAddress,
      connect!.localPort,
      connect!.remoteAddress,
      connect!.remotePort,
      connect!.result,
      connect!.what,
      connect!.asked,
    ],
    ['tcp', '192.168.1.2', 40_000, '10.0.0.1', 443, -115, 256, 'www.example.com'],
  );
  assert.deepEqual([bind!.protocol, bind!.localAddress, bind!.remoteAddress], ['udp', '2001:db8::5', '']);
  assert.deepEqual([unix!.path, unix!.result], ['\0abstract', -111]);
  assert.deepEqual([syscalls!.number, syscalls!.flags, syscalls!.syscalls], [12, 2, [1, 313]]);
  assert.deepEqual([exit!.number, exit!.signal, exit!.runMicros], [3, 9, 123_456_789]);
  assert.deepEqual(
    [unknown!.number, unknown!.execId, unknown!.parent],
    [77, '00112233-4455-6677-8899-aabbccddeeff:0:0', undefined],
  );
});

test('events that come again in a message of their own are dropped and counted, and so are numbers that never came', async () => {
  await using at = await place();
  const registry = new Registry();
  await at.publish(
    messageOf(opens(0, 100, now), now),
    messageOf(opens(50, 100, now), now),
    messageOf(opens(0, 100, now), now),
    messageOf(opens(170, 10, now), now),
    messageOf(opens(0, 5, now, '00000000000000aa'), now),
  );
  const archive = await at.archive(at.store, registry);
  await until(async () => (await count(at.store)) === 165);
  assert.deepEqual(await at.store.query(perSequence, {}), [{ rows: '165', distinct: '165' }]);
  assert.equal(await metric(registry, 'picket_archive_duplicate_events_total'), 150);
  assert.equal(await metric(registry, 'picket_archive_missing_events_total'), 20);
  await archive.close();

  // And still after a restart.
  await at.publish(messageOf(opens(100, 80, now), now), messageOf(opens(180, 1, now), now));
  const next = await at.archive();
  await until(async () => (await count(at.store)) === 166);
  await next.close();
});

test('a message that is no batch goes to the dead letters, and the others are stored', async () => {
  await using at = await place();
  const registry = new Registry();
  await at.publish(
    messageOf(opens(0, 10, now), now),
    { key: 'x', headers: { encoding: 'zstd' }, value: Buffer.from('not zstd') },
    { key: 'x', headers: { encoding: 'identity' }, value: Buffer.from('not a batch') },
    { key: 'x', headers: { encoding: 'brotli' }, value: Buffer.from('') },
    messageOf(opens(10, 10, now), now),
  );
  const archive = await at.archive(at.store, registry);
  await until(async () => (await count(at.store)) === 20);
  await archive.close();
  assert.equal((await at.bus.stats()).topics['dead-letter']!.messages, 3);
  assert.equal(await metric(registry, 'picket_archive_dead_letters_total'), 3);
  assert.equal((await at.bus.stats()).lag['events/archive'], 0);
});

test('a clock gone wild does not scatter a block over a thousand days', async () => {
  await using at = await place();
  const registry = new Registry();
  const times = Array.from({ length: 200 }, (_, i) => i * 30 * day);
  const scattered = { ...opens(0, 200, 0), times: times.map((time, i) => time - (times[i - 1] ?? 0)) };
  await at.publish(messageOf(scattered, now));
  const archive = await at.archive(at.store, registry);
  await until(async () => (await count(at.store)) === 200);
  assert.equal(await metric(registry, 'picket_archive_times_moved_total'), 200);
  await archive.close();
});

/** The store as one sees it who is killed at his `step`-th call of insert, before or after the store did it. */
function dying(store: EventStore, step: number, when: 'before' | 'after'): { store: EventStore; died: Promise<void> } {
  let calls = 0;
  const died = Promise.withResolvers<void>();
  const die = (): never => {
    died.resolve();
    throw new EventStoreUnavailable('down', 'killed');
  };
  const insert: EventStore['insert'] = async (...block) => {
    // Before it is given anything to archive.
    if (block[0] === 'archive_owners') return store.insert(...block);
    calls++;
    if (calls > step || (calls === step && when === 'before')) die();
    await store.insert(...block);
    if (calls === step) die();
  };
  return { store: { ...store, insert }, died: died.promise };
}

for (const when of ['before', 'after'] as const) {
  for (const step of [1, 2, 3, 4]) {
    test(`killed ${when} its insert ${step}, the archive stores every event exactly once`, async () => {
      await using at = await place();
      // Two days in a block, so that one insert makes two parts; three streams; messages that come twice.
      const messages = Array.from({ length: 12 }, (_, i) =>
        messageOf(opens(50 * i, 50, now - (i % 2) * day, i % 3 === 2 ? '00000000000000bb' : stream), now),
      );
      const again = [messages[0]!, messages[4]!];
      await at.publish(...messages.slice(0, 6), ...again, ...messages.slice(6), ...again);
      const { store, died } = dying(at.store, step, when);
      const first = await at.archive(store);
      await died;
      await first.close();
      const second = await at.archive();
      await until(async () => (await at.bus.stats()).lag['events/archive'] === 0);
      assert.deepEqual(await at.store.query(perSequence, {}), [{ rows: '600', distinct: '600' }]);
      await second.close();
    });
  }
}

test('while the store is down the archive waits, and stores everything once it is back', async () => {
  await using at = await place();
  const registry = new Registry();
  const archive: Archive = await at.archive(at.store, registry);
  await at.publish(messageOf(opens(0, 10, now), now));
  await until(async () => (await count(at.store)) === 10);
  const back = clickhouse.crash();
  for (let i = 1; i < 20; i++) await at.publish(messageOf(opens(10 * i, 10, now), now));
  await until(async () => (await metric(registry, 'picket_archive_store_available')) === 0);
  await back;
  await until(async () => (await count(at.store).catch(() => 0)) === 200);
  assert.equal(await metric(registry, 'picket_archive_store_available'), 1);
  assert.deepEqual(await at.store.query(perSequence, {}), [{ rows: '200', distinct: '200' }]);
  await archive.close();
});

test('an archive that can not begin again after a failure, says why and goes on as soon as it can', async () => {
  await using at = await place();
  const lines: string[] = [];
  const noting = pino({ level: 'error' }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
  const archive = await at.archive(at.store, new Registry(), noting);
  await at.publish(messageOf(opens(0, 10, now), now));
  await until(async () => (await count(at.store)) === 10);
  // Another has claimed the partition, so that this one fails; and what the next life asks first is not there.
  await at.run('RENAME TABLE archive_plans TO elsewhere');
  await claim(at.store, 0, AbortSignal.timeout(10_000));
  await at.publish(messageOf(opens(10, 10, now), now));
  await until(async () => lines.length === 2);
  assert.deepEqual(lines, [
    'the archive failed, and begins again where the store stands',
    'the bus can not be consumed from; it is tried until it can',
  ]);
  await at.run('RENAME TABLE elsewhere TO archive_plans');
  await until(async () => (await count(at.store)) === 20);
  assert.equal(lines.length, 2);
  await archive.close();
});

test('a block that the store refuses is taken apart, and only the message that it is about is put aside', async () => {
  await using at = await place();
  const poison = '00000000000000cc';
  const refusing: EventStore = {
    ...at.store,
    async insert(table, columns, native, token) {
      // The stream's number as the block holds it.
      if (table === 'events' && Buffer.from(native).includes(Buffer.from([0xcc, 0, 0, 0, 0, 0, 0, 0]))) {
        throw new Error('Code: 27. DB::Exception: refused');
      }
      await at.store.insert(table, columns, native, token);
    },
  };
  await at.publish(
    messageOf(opens(0, 10, now), now),
    messageOf(opens(0, 5, now, poison), now),
    messageOf(opens(10, 10, now), now),
  );
  const archive = await at.archive(refusing);
  await until(async () => (await at.bus.stats()).lag['events/archive'] === 0);
  assert.equal(await count(at.store), 20);
  assert.equal((await at.bus.stats()).topics['dead-letter']!.messages, 1);
  await archive.close();
});

test('a bus that began anew gives its offsets again, and what it carries is stored', async () => {
  const server = { ...clickhouse, database: `archive_${++places}` };
  await migrateClickHouse(server, eventMigrations(), log);
  const store = openEventStore(server);
  for (const round of [0, 1]) {
    const folder = mkdtempSync(join(tmpdir(), 'picket-archive-'));
    const bus = await LogBus.open({ folder, groups: { events: ['archive'] }, reserveBytes: 0 }, log);
    for (let i = 0; i < 5; i++) await bus.publish('events', [messageOf(opens(50 * round + 10 * i, 10, now), now)]);
    const archive = await runArchive(config, { bus, decoder: plainDecoder(), store, log, metrics: new Registry() });
    await until(async () => (await count(store)) === 50 * (round + 1));
    await archive.close();
    await bus.close();
    rmSync(folder, { recursive: true });
  }
  await store.close();
});

test('of a plan that never became a block, what of its streams is stored is written down with the next block', async () => {
  const server = { ...clickhouse, database: `archive_${++places}` };
  await migrateClickHouse(server, eventMigrations(), log);
  const store = openEventStore(server);
  const other = (first: number) => ({ ...opens(first, 10, now), streamId: Buffer.alloc(8, 1) });
  const inserts = Promise.withResolvers<void>();
  const dying: EventStore['insert'] = async (...block) => {
    if (block[0] !== 'events') return await store.insert(...block);
    inserts.resolve();
    throw new EventStoreUnavailable('down', 'killed');
  };
  const patient = { ...config, waitMs: 300, maxWaitMs: 300 };
  const archive = (bus: LogBus, over = store) =>
    runArchive(patient, { bus, decoder: plainDecoder(), store: over, log, metrics: new Registry() });
  const anew = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'picket-archive-'));
    const bus = await LogBus.open({ folder, groups: { events: ['archive'] }, reserveBytes: 0 }, log);
    return { bus, remove: () => bus.close().then(() => rmSync(folder, { recursive: true })) };
  };

  const lost = await anew();
  for (const batch of [opens(0, 10, now), other(0)]) await lost.bus.publish('events', [messageOf(batch, now)]);
  const killed = await archive(lost.bus, { ...store, insert: dying });
  await inserts.promise;
  await killed.close();
  await lost.remove();

  const { bus, remove } = await anew();
  for (const batch of [opens(0, 10, now), opens(10, 10, now)]) await bus.publish('events', [messageOf(batch, now)]);
  const second = await archive(bus);
  await until(async () => (await count(store)) === 20);
  await second.close();
  await bus.publish('events', [messageOf(other(0), now)]);
  const third = await archive(bus);
  await until(async () => (await bus.stats()).lag['events/archive'] === 0);
  assert.equal(await count(store), 30);
  await third.close();
  await remove();
  await store.close();
});

test('a block ends when its paths are many bytes, whatever its rows: no sender chooses how much memory it takes', async () => {
  await using at = await place();
  const path = { strings: ['', '/'.repeat(8_000)].map(text => Buffer.from(text)), processes: null };
  const rows = 3_000;
  for (let i = 0; i < 5; i++) {
    const fields = { ...opens(i * rows, rows, now - day), ...path, process: new Array<number>(rows).fill(0) };
    await at.publish(messageOf({ ...fields, files: { path: new Array<number>(rows).fill(1) } }, now));
  }
  const blocks: number[] = [];
  const watched: EventStore = {
    ...at.store,
    insert: (table, columns, native, token) => {
      if (table === 'events') blocks.push(native.length);
      return at.store.insert(table, columns, native, token);
    },
  };
  const patient = { ...config, maxRows: 1_000_000, waitMs: 60_000, maxWaitMs: 60_000, closePatienceMs: 20_000 };
  const archive = await runArchive(patient, {
    bus: at.bus,
    decoder: plainDecoder(),
    store: watched,
    log,
    metrics: new Registry(),
  });
  await until(async () => blocks.length > 0);
  await archive.close();
  assert.ok(Math.max(...blocks) < 90e6, `blocks of ${blocks} bytes`);
});

test('a block of many rows waits for others only as long as others come', async () => {
  await using at = await place();
  const patient = { ...config, maxRows: 1_000_000, maxWaitMs: 60_000 };
  const archive = await runArchive(patient, {
    ...{ bus: at.bus, decoder: plainDecoder(), store: at.store },
    ...{ log, metrics: new Registry() },
  });
  // The first block is cut at once; what comes right after it waits.
  await at.publish(messageOf(opens(0, 5_000, now), now));
  await until(async () => (await count(at.store)) === 5_000);
  await at.publish(messageOf(opens(5_000, 5_000, now), now));
  await until(async () => (await count(at.store)) === 10_000);
  await archive.close();
});

test('in how many parts the events lie is told, and a store that does not answer holds no scrape up', async () => {
  await using at = await place();
  const metrics = new Registry();
  let away = false;
  const over: EventStore = {
    ...at.store,
    query: async (...question) => {
      if (away) throw new EventStoreUnavailable('down', 'away');
      return await at.store.query(...question);
    },
  };
  const archive = await at.archive(over, metrics);
  await at.publish(messageOf(opens(0, 10, now), now));
  await archive.flush();
  await until(async () => (await count(at.store)) === 10);
  const told = await metrics.metrics();
  assert.match(told, /^picket_event_store_parts\{table="events"\} 1$/m);
  assert.match(told, /^picket_event_store_partition_parts_max\{table="events"\} 1$/m);
  assert.match(told, /^picket_event_store_bytes\{table="events"\} [1-9]\d+$/m);
  assert.match(told, /^picket_event_store_merges\{table="events"\} 0$/m);
  away = true;
  assert.doesNotMatch(await metrics.metrics(), /^picket_event_store_parts\{/m);
  away = false;
  await archive.close();
});
