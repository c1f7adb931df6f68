import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventBatch, type EventBatchFields } from '@picket/proto';
import pino from 'pino';
import { command, connect } from '../../adapters/clickhouse/connection.ts';
import { openEventStore } from '../../adapters/clickhouse/event-store.ts';
import { openTestServer, type TestServer } from '../../adapters/clickhouse/server.fixture.ts';
import { eventMigrations, migrateClickHouse } from '../../adapters/migrations.ts';
import { EventBlock } from '../../archive/native-block.ts';
import { endpoint, everyKind, opens, stream } from '../../archive/sample.fixture.ts';
import { decodeBatch } from '../../domain/events/batch.ts';
import { cgroupOf } from '../../domain/events/cgroup.ts';
import type { EndpointId, ExecId, Micros } from '../../domain/events/ids.ts';
import { micros } from '../../domain/events/ids.ts';
import type { EventStore } from '../../ports/event-store.ts';
import { eventCount, eventOverview, eventRate } from './count.ts';
import type { EventFilter } from './filter.ts';
import { EventFollower } from './newest.ts';
import { hexOfPattern, hexOfTyped } from './printable-column.ts';
import { cursorOf, type EventCursor, findEvents } from './search.ts';

const now = micros(Date.now() * 1000);
const start = micros(now - 600_000_000);
const oldDay = micros(now - 2 * 86_400_000_000);
let place: TestServer;
let store: EventStore;
let blocks = 0;

async function insert(...batches: EventBatchFields[]): Promise<void> {
  const block = new EventBlock();
  for (const fields of batches) {
    const decoded = decodeBatch(EventBatch.encode(fields).finish());
    assert.ok(decoded.ok);
    block.append(decoded.batch, 0, { earliest: 0, latest: Number.MAX_SAFE_INTEGER });
  }
  await store.insert('events', block.columnNames, block.bytes(), `block ${++blocks}`);
}

before(async () => {
  place = await openTestServer(process.env);
  await migrateClickHouse(place.server, eventMigrations(), pino({ level: 'silent' }));
  store = openEventStore(place.server);
  // Sequences 0–11 each of another kind, 100–149 opens ten minutes ago, 200–229 opens two days ago.
  await insert(everyKind(0, start), opens(100, 50, start));
  await insert(opens(200, 30, oldDay));
});
after(async () => {
  await store?.close();
  await place?.close();
});

const found = async (filter: EventFilter): Promise<number[]> =>
  (await findEvents(store, filter, { limit: 200 }, now)).map(({ sequence }) => sequence).sort((a, b) => a - b);
const count = async (filter: EventFilter): Promise<number> => {
  const { query, parameters } = eventCount(filter);
  return (await store.query(query, parameters))[0]!.count;
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const execId = '00112233-4455-6677-8899-aabbccddeeff:11:700' as ExecId;

const filters: [what: string, filter: EventFilter, sequences: number[]][] = [
  ['nothing asked', {}, [...range(0, 12), ...range(100, 150), ...range(200, 230)]],
  ['endpoint', { endpoint, kinds: ['process.exited'] }, [8]],
  ['another endpoint', { endpoint: '018f0000-0000-7000-8000-00000000000f' as EndpointId }, []],
  ['several kinds', { kinds: ['network.connected', 'network.bound'] }, [4, 5]],
  ['program', { program: '/usr/bin/cat' }, [...range(1, 9), 10, 11]],
  ['program by pattern', { program: '*/CAT', kinds: ['file.opened'] }, []],
  ['program by pattern in its case', { program: '*/c?t*', kinds: ['file.opened'] }, []],
  ['program by a pattern that fits', { program: '/usr/*at', kinds: ['file.opened'] }, [2, 3]],
  ['path', { path: '/etc/hosts', from: start, to: micros(start + 5000) }, [2, ...range(100, 105)]],
  ['path that is no text', { path: '/tmp/bad\\xff\\xfe\nname' }, [3, 10]],
  ['path as asked for, with quotes and SQL', { path: "'; DROP TABLE events; --\n\n" }, [3]],
  ['part of a path that is no text', { path: '*\\xFE\n*' }, [3, 10]],
  ['signs that LIKE knows', { path: '/etc/h_sts*' }, []],
  ['domain', { path: 'www.example.com' }, [4]],
  ['part of a domain', { search: 'EXAMPLE.com', kinds: ['network.connected'] }, [4]],
  ['IPv4 address, remote', { address: '10.0.0.1' }, [4]],
  ['IPv4 address, local', { address: '192.168.1.2' }, [4]],
  ['IPv6 address in another form', { address: '2001:DB8:0:0::5' }, [5]],
  ['what is no address', { address: "1.2.3' OR 1" }, []],
  ['process', { execId }, [...range(1, 9), 10, 11]],
  ['what is no process', { execId: '1 OR 1' as ExecId }, []],
  ['hash', { hash: 'AB00'.repeat(16), kinds: ['process.executed', 'file.opened'] }, [1, 2, 3]],
  ['another hash', { hash: 'ab'.repeat(32) }, []],
  ['what is no hash', { hash: "' OR 1" }, []],
  ['unit', { unit: 'ssh.service', kinds: ['file.opened'] }, [2, 3]],
  ['user', { user: 'alice' }, [...range(0, 9), 10, 11]],
  ['user that is SQL', { user: "alice' OR '1" }, []],
  ['search in arguments, any case', { search: 'CAT\0/etc' }, [1]],
  ['search in paths, any case', { search: 'BAD' }, [3, 10]],
  ['search for an address', { search: '10.0.0.1' }, [4]],
  ['search for a sign that LIKE knows', { search: '%' }, []],
  ['times', { from: micros(start + 1000), to: micros(start + 3000), program: '/usr/bin/cat' }, [1, 2]],
  [
    'all at once',
    { endpoint, execId, kinds: ['file.opened'], path: '/etc/*', user: 'alice', search: 'hosts', from: start, to: now },
    [2],
  ],
];
for (const [what, filter, sequences] of filters) {
  test(`search and count by ${what}`, async () => {
    assert.deepEqual(await found(filter), sequences);
    assert.equal(await count(filter), sequences.length);
  });
}

test('pages follow one another without a hole and without an event twice, also over a border of days', async () => {
  const seen: number[] = [];
  let after: EventCursor | undefined;
  for (;;) {
    const page = await findEvents(store, { kinds: ['file.opened'] }, { limit: 7, after }, now);
    seen.push(...page.map(({ sequence }) => sequence));
    if (page.length < 7) break;
    after = cursorOf(page.at(-1)!);
  }
  assert.equal(seen.length, 82);
  assert.equal(new Set(seen).size, 82);
});

test('events by minute and the numbers of the overview', async () => {
  const { query, parameters } = eventRate({ from: start });
  const rate = await store.query(query, parameters);
  assert.equal(
    rate.reduce((sum, { events }) => sum + events, 0),
    62,
  );
  assert.ok(rate.every(({ minute }) => minute % 60_000_000 === 0 && minute > start - 60_000_000));
  const [overview] = await store.query(eventOverview, { now });
  assert.deepEqual(overview, { ...overview, lastHour: 62, lastMinute: 0, rows: 92 });
  assert.ok(overview!.bytes > 0);
});

test('the live view is given what is stored after it began, oldest first and none twice', async () => {
  const clock = (): Micros => micros(Date.now() * 1000);
  const follower = new EventFollower(store, { kinds: ['file.opened'] }, 100, clock());
  // What was stored in the seconds before may be given too: they have been seen by now.
  await follower.next(clock());
  await insert(opens(300, 5, clock(), '00000000000000aa'));
  assert.deepEqual(
    (await follower.next(clock())).events.map(({ sequence }) => sequence),
    range(300, 305),
  );
  assert.deepEqual(await follower.next(clock()), { events: [], more: false });
  await insert(opens(305, 1, clock(), '00000000000000aa'), everyKind(400, clock()));
  assert.deepEqual((await follower.next(clock())).events.map(({ sequence }) => sequence).sort(), [305, 402, 403]);
  const late = micros(clock() + 20_000_000);
  assert.deepEqual(await follower.next(late), { events: [], more: false }, 'nor after a look that took long');
});

test('the live view is told of what its limit left out; what was given before takes none of it', async () => {
  const clock = (): Micros => micros(Date.now() * 1000);
  const follower = new EventFollower(store, { kinds: ['file.opened'] }, 10, clock());
  const given = async () => {
    const { events, more } = await follower.next(clock());
    return { sequences: events.map(({ sequence }) => sequence), more };
  };
  await follower.next(clock());
  await insert(opens(500, 10, clock(), '00000000000000bb'));
  assert.deepEqual(await given(), { sequences: range(500, 510), more: true });
  await insert(opens(600, 9, micros(clock() - 60_000_000), '00000000000000cc'));
  assert.deepEqual(await given(), { sequences: range(600, 609), more: false });
  await insert(opens(700, 12, clock(), '00000000000000dd'));
  assert.deepEqual(await given(), { sequences: range(702, 712), more: true });
});

test('what a person types is searched byte by byte', () => {
  assert.equal(hexOfTyped('a\\xffb'), '61ff62');
  assert.equal(hexOfTyped('\\x41'), Buffer.from('\\x41').toString('hex'));
  assert.equal(Buffer.from(hexOfPattern('50%_\\*'), 'hex').toString(), '50\\%\\_\\\\%');
  assert.equal(hexOfPattern('*\\xfe'), '25fe');
});

test('a stream’s number comes back whole', async () => {
  const [event] = await findEvents(store, { execId }, { limit: 1 }, now);
  assert.equal(event!.stream, stream);
});

test('a unit and a container are found where an event says that it is of them', async () => {
  const id = '0123456789abcdef'.repeat(4);
  const paths = [
    '/',
    '/system.slice/ssh.service',
    '/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope',
    `/system.slice/docker-${id}.scope`,
    `/kubepods/besteffort/pod1/${id}`,
    `/lxc/mail/docker/${id}`,
    '/machine.slice/machine-web\\x2d1.scope/payload.service',
    '/lxc.payload.mail/init.scope',
    '/a name\n/of two lines/cron.service',
  ];
  const elsewhere = '018f0000-0000-7000-8000-0000000000c9' as EndpointId;
  const client = connect(place.server);
  await command(
    client,
    `INSERT INTO events (endpoint_id, time, sequence, cgroup)
     SELECT {endpoint:UUID}, now64(6, 'UTC'), number, {paths:Array(String)}[number + 1] FROM numbers({count:UInt32})`,
    { endpoint: elsewhere, paths, count: paths.length },
  );
  await client.close();
  const asked = [
    '*',
    'cron.service',
    'ssh.service',
    '*.scope',
    'init.scope',
    'payload.service',
    id,
    '0123*',
    'mail',
    'web-1',
    "' OR 1",
  ];
  for (const kind of ['unit', 'container'] as const) {
    for (const text of asked) {
      const shown = new RegExp(`^${text.replace('.', '\\.').replace('*', '.*')}$`);
      assert.deepEqual(
        await found({ endpoint: elsewhere, [kind]: text }),
        [...paths.keys()].filter(i => cgroupOf(paths[i]!)[kind] !== '' && shown.test(cgroupOf(paths[i]!)[kind])),
        `${kind} ${text}`,
      );
    }
  }
});
