import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '@clickhouse/client';
import { startTestApi, type TestApi } from './api.fixture.ts';

let picket: TestApi;
let token: string;
let endpoint: string;
const boot = '11111111-2222-4333-8444-555555555555';
before(async () => {
  picket = await startTestApi({ pollMs: 50 });
  const admin = await picket.login('admin');
  token = admin.token;
  endpoint = (await picket.ask('POST', '/endpoints', token, { name: 'web' })).body.endpoint.id;
});
after(() => picket.close());

/** Stores events as the archive would, but as JSON. */
async function store(...events: readonly Record<string, unknown>[]): Promise<void> {
  const { url, user, password } = picket.clickhouse;
  const client = createClient({ url, username: user, password, database: 'picket' });
  const rows = events.map((event, i) => ({
    endpoint_id: endpoint,
    time: new Date(Number(picket.now()) / 1000 - 60_000 + i).toISOString().replace('T', ' ').replace('Z', ''),
    boot_id: boot,
    stream: '255',
    pid: 100,
    start_ticks: 5,
    exe: '/usr/bin/cat',
    user: 'root',
    count: 1,
    ...event,
  }));
  await client.insert({ table: 'events', values: rows, format: 'JSONEachRow' });
  await client.close();
}

const opened = (sequence: number, path: string) => ({ kind: 'file.opened', sequence, path, result: -13, flags: 2 });
const ask = async (query: string) => (await picket.ask('GET', `/events?${query}`, token)).body;

test('events come newest first, page by page, each once, in the groups of their kind', {
  timeout: 60_000,
}, async () => {
  await store(...[1, 2, 3, 4, 5].map(n => opened(n, `/etc/a${n}`)), {
    kind: 'network.connected',
    sequence: 6,
    protocol: 'tcp',
    remote_address: '::ffff:192.0.2.9',
    remote_port: 443,
    local_address: '::ffff:10.0.0.1',
    local_port: 40000,
  });
  const seen: number[] = [];
  let cursor = '';
  do {
    const page = await ask(`limit=4${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.items.map((event: { sequence: number }) => event.sequence));
    cursor = page.nextCursor ?? '';
  } while (cursor !== '');
  assert.deepEqual(seen, [6, 5, 4, 3, 2, 1]);
  const [connected, file] = (await ask('limit=2')).items;
  assert.deepEqual(connected.endpoint, { id: endpoint, name: 'web' });
  assert.deepEqual([connected.network.remoteAddress, connected.network.remotePort], ['192.0.2.9', 443]);
  assert.equal(connected.file, null);
  assert.deepEqual(file.file, { path: '/etc/a5', asked: '/etc/a5', flags: 2, what: 0, inode: '0', result: -13 });
  assert.equal(file.process.execId, `${boot}:100:5`);
  assert.equal(file.stream, '00000000000000ff');
  assert.match(file.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test('events are found by path, program, address, process and time, and SQL in a search is only text', {
  timeout: 60_000,
}, async () => {
  await store(opened(20, "/tmp/'; DROP TABLE events; --"), {
    ...opened(21, '/srv/x'),
    exe: '/usr/bin/python3',
    pid: 7,
  });
  const sequences = async (query: Record<string, string>) =>
    (await ask(new URLSearchParams(query).toString())).items.map((event: { sequence: number }) => event.sequence);
  assert.deepEqual(await sequences({ path: '/etc/a*', limit: '2' }), [5, 4]);
  assert.deepEqual(await sequences({ program: '/usr/bin/python3' }), [21]);
  assert.deepEqual(await sequences({ address: '192.0.2.9' }), [6]);
  assert.deepEqual(await sequences({ search: "'; DROP TABLE" }), [20]);
  assert.deepEqual(await sequences({ execId: `${boot}:7:5` }), [21]);
  assert.deepEqual(await sequences({ kind: 'network.connected', endpoint }), [6]);
  assert.deepEqual(await sequences({ from: '2199-01-01T00:00:00Z' }), []);
  const { body } = await picket.ask('GET', '/events/count?path=/etc/*', token);
  assert.deepEqual(body, { count: 5 });
  assert.equal((await picket.ask('GET', '/overview', token)).body.events.lastHour, 8);
});

test('who watches gets the new events that match, and no others', { timeout: 60_000 }, async () => {
  const live = await picket.stream(`/live/events?path=/live/*&endpoint=${endpoint}`, token);
  await store(opened(30, '/dead/1'), opened(31, '/live/1'));
  const first = await live.next();
  assert.deepEqual([first?.event, first?.data.file.path, first?.data.sequence], ['event', '/live/1', 31]);
  await store(opened(32, '/live/2'));
  assert.equal((await live.next())?.data.sequence, 32);
  live.leave();
});

test('a process’s story is its ancestors, its children and its own events', { timeout: 60_000 }, async () => {
  const hash = 'ab'.repeat(32);
  const process = (pid: number, parent: number, exe: string) => ({
    ...{ pid, start_ticks: pid * 10, parent_pid: parent, parent_ticks: parent * 10, exe, path: '', result: 0 },
  });
  const executed = (sequence: number, pid: number, parent: number, exe: string) => ({
    ...process(pid, parent, exe),
    kind: 'process.executed',
    sequence,
  });
  await store(
    executed(50, 301, 1, '/usr/sbin/sshd'),
    executed(51, 302, 301, '/usr/bin/bash'),
    executed(52, 303, 302, '/usr/bin/make'),
    { ...opened(53, '/srv/Makefile'), ...process(303, 302, '/usr/bin/make'), path: '/srv/Makefile' },
    executed(54, 304, 303, '/usr/bin/cc1'),
    executed(55, 305, 302, '/usr/bin/ls'),
    // The same pid at another time is another process.
    { ...executed(56, 306, 303, '/usr/bin/later'), parent_ticks: 9 },
  );
  const story = (more: Record<string, string>) =>
    picket.ask('GET', `/events/story?${new URLSearchParams({ endpoint, execId: `${boot}:303:3030`, ...more })}`, token);
  const sequences = (events: { sequence: number }[]) => events.map(({ sequence }) => sequence);
  const { body } = await story({});
  assert.equal(body.process.sequence, 52);
  assert.deepEqual(sequences(body.ancestors), [51, 50]);
  assert.deepEqual(sequences(body.children), [54]);
  assert.deepEqual(sequences(body.events), [52, 53]);
  assert.equal(body.cut, false);
  const short = (await story({ limit: '1' })).body;
  assert.deepEqual([sequences(short.events), short.cut], [[52], true]);
  assert.equal((await story({ execId: `${boot}:303:1` })).status, 404);
  assert.equal((await story({ execId: "1' OR 1" })).status, 400);
  assert.deepEqual(await ask(`hash=${hash}`), { items: [], nextCursor: null });
  assert.equal((await picket.ask('GET', "/events?hash=' OR 1", token)).status, 400);
});
