/** Commands from the request of a person to the agent's word about them, over the real stores. The agent here is its key and its words. */

import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, readCommand } from '@picket/proto';
import { openEndpointDirectory } from '../adapters/control-store/endpoint-directory.ts';
import { type EndpointId, micros } from '../domain/events/ids.ts';
import type { ResponseReport } from '../domain/response/command.ts';
import type { EndpointDirectory } from '../ports/endpoint-directory.ts';
import { commandKey, startTestApi, type TestApi } from './api.fixture.ts';

let picket: TestApi;
let directory: EndpointDirectory;
const tokens: Record<string, string> = {};
before(async () => {
  picket = await startTestApi();
  directory = openEndpointDirectory({ url: picket.postgresUrl });
  for (const role of ['viewer', 'responder', 'admin'] as const) tokens[role] = (await picket.login(role)).token;
});
after(async () => {
  await directory?.close();
  await picket?.close();
});

let made = 0;
const silent: ResponseReport = { serverKey: commandKey.publicText, isolation: null, results: [], refusals: [] };

/** An endpoint, and its agent's questions. */
async function endpoint({ asks = true } = {}) {
  const { body } = await picket.ask('POST', '/endpoints', tokens['admin'], { name: `host ${++made}` });
  const id = body.endpoint.id as EndpointId;
  const [, serverKey = ''] = /^command_key=(\S+)$/m.exec(body.configuration) ?? [];
  const say = async (report: Partial<ResponseReport> = {}): Promise<Command[]> => {
    const lines = await directory.commands.exchange(id, { ...silent, ...report }, picket.now());
    return lines.map(line => {
      const read = readCommand(line, publicKey(serverKey));
      assert.ok(read.ok);
      return read.command;
    });
  };
  if (asks) await say();
  const give = (what: string, order?: unknown, as = 'responder') =>
    picket.ask('POST', `/endpoints/${id}/${what}`, tokens[as], order);
  const list = async () => (await picket.ask('GET', `/endpoints/${id}/commands`, tokens['viewer'])).body.items;
  const shown = async () => (await picket.ask('GET', `/endpoints/${id}`, tokens['viewer'])).body;
  return { id, say, give, list, shown };
}

/** As the configuration has it: `command_key`. */
const publicKey = (text: string): KeyObject =>
  createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: text } });

const result = (id: string, outcome: 'done' | 'failed' | 'refused', detail: string) => ({
  ...{ id, outcome, detail, file: null },
  atMicros: picket.now(),
});

const audit = async (action: string) =>
  (await picket.ask('GET', `/audit?action=${action}`, tokens['admin'])).body.items as {
    readonly subject: { readonly id: string };
    readonly actor: unknown;
    readonly detail: Record<string, unknown>;
  }[];

test('a command goes to the agent signed, and what came of it is shown with who gave it and when', async () => {
  const { id, say, give, list } = await endpoint();
  const boot = '11111111-2222-4333-8444-555555555555';
  const given = await give('kill-process', { execId: `${boot}:42:100` });
  assert.deepEqual([given.status, given.body.state], [201, 'queued']);
  const [command] = await say();
  assert.deepEqual(command?.action, { kind: 'kill-process', execId: `${boot}:42:100` });
  assert.deepEqual([command?.id, command?.endpoint], [given.body.id, id]);
  assert.equal(command!.expires - command!.issued, 600);
  assert.equal((await list())[0].state, 'sent');
  assert.deepEqual(await say({ results: [result(command!.id, 'done', '/bin/x (pid 42) was killed')] }), []);
  const [shown] = await list();
  assert.deepEqual([shown.state, shown.detail], ['done', '/bin/x (pid 42) was killed']);
  assert.match(shown.askedBy, /^responder-/);
  const [queued] = await audit('command.queued');
  assert.deepEqual([queued?.subject.id, queued?.detail['kind']], [id, 'kill-process']);
  assert.ok(queued?.actor);
  const [done] = await audit('command.done');
  assert.deepEqual([done?.subject.id, done?.actor, done?.detail['detail']], [id, null, '/bin/x (pid 42) was killed']);
});

test('a command that was sent is handed over again until the agent answers, and the first answer holds', async () => {
  const { say, give, list } = await endpoint();
  await give('collect-file', { path: '/etc/passwd' });
  const [first] = await say();
  const [again] = await say();
  assert.equal(again?.serial, first?.serial);
  await say({ results: [result(first!.id, 'failed', 'There is no file /etc/passwd')] });
  await say({ results: [result(first!.id, 'done', 'changed my mind')] });
  assert.deepEqual(
    (await list()).map((each: { state: string }) => each.state),
    ['failed'],
  );
});

test('serials only grow, also where the clock or the database went back', async () => {
  const { id, say, give } = await endpoint();
  for (let i = 0; i < 5; i++) await give('release');
  await picket.sql.query('UPDATE endpoints SET command_serial = 0 WHERE id = $1', [id]);
  picket.advance(1);
  await give('release');
  const serials = (await say()).map(({ serial }) => serial);
  assert.deepEqual(
    serials,
    serials.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(serials).size, 6);
  assert.ok(serials[0]! >= 1_700_000_000_000, 'never below the millisecond of its issue');
});

test('a command that nobody asked for in its time is expired, and is not handed over any more', async () => {
  const { say, give, list } = await endpoint();
  await give('kill-process', { execId: '11111111-2222-4333-8444-555555555555:42:100' });
  picket.advance(601);
  assert.equal((await list())[0].state, 'expired');
  assert.deepEqual(await say(), []);
});

test('isolation is shown as the agent tells it, and its begin and end are in the audit log', async () => {
  const { id, say, give, shown } = await endpoint();
  assert.deepEqual((await shown()).response.isolation, null);
  await give('isolate', { minutes: 60 });
  const [command] = await say();
  assert.deepEqual(command?.action, { kind: 'isolate', minutes: 60 });
  const isolation = { sinceMicros: picket.now(), untilMicros: micros(picket.now() + 3_600_000_000), fleeting: '' };
  await say({ isolation, results: [result(command!.id, 'done', 'isolated')] });
  assert.deepEqual((await shown()).response.isolation, isolation);
  await say({ isolation });
  const begun = (await audit('endpoint.isolated')).filter(({ subject }) => subject.id === id);
  assert.equal(begun.length, 1, 'told again it is no news');
  await say();
  assert.deepEqual((await shown()).response.isolation, null);
  assert.equal((await audit('endpoint.isolation-ended')).filter(({ subject }) => subject.id === id).length, 1);
});

test('a command that the agent did not obey is in the audit log, once', async () => {
  const { id, say } = await endpoint();
  const refusals = [
    { atMicros: picket.now(), detail: 'A command was not obeyed: the signature is not one of the server' },
  ];
  await say({ refusals });
  await say({ refusals });
  const noted = (await audit('command.not-obeyed')).filter(({ subject }) => subject.id === id);
  assert.deepEqual(
    noted.map(({ detail }) => detail),
    [{ detail: refusals[0]!.detail }],
  );
});

test('an agent answers for its own commands only', async () => {
  const [one, two] = [await endpoint(), await endpoint()];
  const given = await one.give('release');
  await two.say({ results: [result(given.body.id, 'done', 'not mine')] });
  assert.equal((await one.list())[0].state, 'queued');
  assert.deepEqual(await two.say(), []);
});

test('to an agent that takes no commands, or trusts another key, none is given, and why is said', async () => {
  const agent = await endpoint({ asks: false });
  const { status, body } = await agent.give('release');
  assert.deepEqual([status, body.reason], [409, 'takes-no-commands']);
  assert.match(body.detail, /command_key/);
  await agent.say({ serverKey: 'B'.repeat(43) });
  const other = await agent.give('release');
  assert.deepEqual([other.status, other.body.reason], [409, 'another-command-key']);
  const revoked = await endpoint();
  await picket.ask('POST', `/endpoints/${revoked.id}/revoke`, tokens['admin']);
  assert.equal((await revoked.give('release')).body.reason, 'revoked');
});

test('orders out of bounds are refused', async () => {
  const { give } = await endpoint();
  const wrong: readonly [what: string, order: unknown][] = [
    ['kill-process', { execId: 'x' }],
    ['kill-process', {}],
    ['isolate', { minutes: 0 }],
    ['isolate', { minutes: 7 * 24 * 60 + 1 }],
    ['isolate', { minutes: 1.5 }],
    ['collect-file', { path: 'relative' }],
    ['collect-file', { path: '/folder/' }],
    ['collect-file', { path: `/${'ü'.repeat(2048)}` }],
    ['collect-file', { path: '/a\nb' }],
  ];
  for (const [what, order] of wrong) {
    const { status, body } = await give(what, order);
    assert.deepEqual([status, body.reason], [400, 'validation'], `${what} ${JSON.stringify(order).slice(0, 60)}`);
  }
});

test('no more than 32 commands wait for an endpoint', async () => {
  const { give, say } = await endpoint();
  for (let i = 0; i < 32; i++) assert.equal((await give('release')).status, 201);
  assert.equal((await give('release')).body.reason, 'too-many-commands');
  assert.equal((await say()).length, 16, 'and half of them go at once');
});

test('ingress knows for whom something waits without asking: soon after it was given, until it was handed over', async () => {
  const { id, give, say } = await endpoint();
  const becomes = async (expected: boolean) => {
    for (const end = performance.now() + 30_000; directory.commands.waiting(id) !== expected; await delay(10)) {
      assert.ok(performance.now() < end, `within 30 s it is told that ${expected ? 'something' : 'nothing'} waits`);
    }
  };
  await give('release');
  await becomes(true);
  const late = openEndpointDirectory({ url: picket.postgresUrl });
  for (const end = performance.now() + 30_000; !late.commands.waiting(id); await delay(10))
    assert.ok(performance.now() < end, 'one that starts later knows too');
  await late.close();
  await say();
  await becomes(false);
});

test('with all that the database holds nobody makes a command', async () => {
  const { id, give } = await endpoint();
  await give('collect-file', { path: '/etc/hosts' });
  const { rows } = await picket.sql.query<{ line: string }>('SELECT line FROM commands WHERE endpoint_id = $1', [id]);
  const [payload = '', signature = ''] = rows[0]!.line.split('.');
  const changed = Buffer.from(payload, 'base64url').toString().replace('/etc/hosts', '/etc/shadow');
  const line = `${Buffer.from(changed).toString('base64url')}.${signature}`;
  await picket.sql.query('UPDATE commands SET line = $2 WHERE endpoint_id = $1', [id, line]);
  const [forged] = await directory.commands.exchange(id, silent, picket.now());
  assert.equal(forged, line);
  assert.equal(readCommand(forged!, publicKey(commandKey.publicText)).ok, false);
  const secrets = await picket.sql.query<{ text: string }>(
    "SELECT string_agg(t::text, '') AS text FROM (SELECT to_jsonb(c) AS t FROM commands c UNION ALL SELECT to_jsonb(e) FROM endpoints e) x",
  );
  assert.ok(!secrets.rows[0]!.text.includes(commandKey.privateKey.export({ format: 'jwk' }).d!));
});
