import assert from 'node:assert/strict';
import { createPublicKey, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { parseConfig } from '../../agent/config/parse.ts';
import { startTestApi, type TestApi } from './api.fixture.ts';

let picket: TestApi;
let admin: Awaited<ReturnType<TestApi['login']>>;
let analyst: Awaited<ReturnType<TestApi['login']>>;
before(async () => {
  picket = await startTestApi({ publicIngressUrl: undefined, pollMs: 50, heartbeatMs: 200 });
  admin = await picket.login('admin');
  analyst = await picket.login('analyst');
});
after(() => picket.close());

async function addEndpoint(name: string): Promise<string> {
  return (await picket.ask('POST', '/endpoints', admin.token, { name })).body.endpoint.id;
}

async function addAlert(endpoint: string): Promise<string> {
  const id = randomUUID();
  const evidence = {
    reason: 'cat read /etc/shadow',
    saw: [{ label: 'Opened', value: '/etc/shadow' }],
    usual: [],
    ancestry: [],
  };
  await picket.sql.query(
    `INSERT INTO alerts (id, endpoint_id, detector, program, deviation, title, severity, techniques, count,
       first_seen_at, last_seen_at, last_stream, last_sequence, exec_id, evidence)
     VALUES ($1, $2, 'file.credential-read', '/usr/bin/cat', $1::uuid::text, 'Credentials read', 'high', '{T1003.008}', 1,
       now(), now(), '', 0, 'e', $3)`,
    [id, endpoint, evidence],
  );
  await picket.sql.query("SELECT pg_notify('alerts', $1)", [id]);
  return id;
}

test('the configuration of a new endpoint is what the agent reads, and its key is the one the server knows', async () => {
  const api = 'https://picket.example:5001/submit_logs';
  const { status, body } = await picket.ask('POST', '/endpoints', admin.token, { name: 'web 1', api });
  assert.equal(status, 201);
  const { config, errors } = parseConfig(body.configuration);
  assert.deepEqual(errors, []);
  assert.deepEqual([config.name, config.id, config.api?.href], ['web 1', body.endpoint.id, api]);
  const { rows } = await picket.sql.query('SELECT public_key FROM endpoints WHERE id = $1', [body.endpoint.id]);
  const seed = /^key=(.*)$/m.exec(body.configuration)![1]!;
  assert.equal(Buffer.from(seed, 'base64url').length, 32);
  const derived = createPublicKey(config.key!).export({ format: 'jwk' }).x;
  assert.equal(derived, rows[0].public_key.toString('base64url'));

  const rotated = await picket.ask('POST', `/endpoints/${body.endpoint.id}/rotate-key`, admin.token);
  assert.match(rotated.body.configuration, /^api=http:\/\/127\.0\.0\.1:5001\/submit_logs$/m);
  assert.deepEqual((await picket.ask('GET', '/submission-url', admin.token)).body, {
    api: 'http://127.0.0.1:5001/submit_logs',
  });
  assert.ok(!rotated.body.configuration.includes(seed));
  const seen = JSON.stringify((await picket.ask('GET', `/endpoints/${body.endpoint.id}`, admin.token)).body);
  assert.ok(!seen.includes(seed) && !/key"/.test(seen));
});

test('what would add a line or an option to the configuration is refused', async () => {
  for (const name of ['a\nkey=x', 'a\rb', 'a\u0000b', '', 'x'.repeat(121)]) {
    assert.equal((await picket.ask('POST', '/endpoints', admin.token, { name })).status, 400);
  }
  for (const api of [
    'http://a/submit_logs\nkey=x',
    'http://u:p@a/submit_logs',
    'http://a/submit_logs?x=1',
    'http://a/other',
    'file:///submit_logs',
  ]) {
    assert.equal((await picket.ask('POST', '/endpoints', admin.token, { name: 'fine', api })).status, 400, api);
  }
});

test('an alert is triaged from open to closed with its reason, and everybody sees what was done', async () => {
  const id = await addAlert(await addEndpoint('triage'));
  const found = await picket.ask('GET', '/alerts?status=open&technique=T1003&sort=severity', analyst.token);
  const alert = found.body.items.find((item: { id: string }) => item.id === id);
  assert.equal(alert.reason, 'cat read /etc/shadow');
  assert.equal(alert.evidence, undefined);
  const patch = (body: unknown) => picket.ask('PATCH', `/alerts/${id}`, analyst.token, body);
  const taken = await patch({ status: 'in_progress', assigneeId: analyst.user.id, revision: alert.revision });
  assert.equal(taken.body.assignee.name, analyst.user.name);
  const late = await patch({ status: 'closed', verdict: 'benign', revision: alert.revision });
  assert.deepEqual([late.status, late.body.reason], [409, 'changed-meanwhile']);
  assert.deepEqual((await patch({ status: 'closed' })).body.reason, 'verdict-needed');
  await picket.ask('POST', `/alerts/${id}/comments`, analyst.token, { text: 'our backup' });
  const closed = await patch({ status: 'closed', verdict: 'benign', revision: taken.body.revision });
  assert.deepEqual([closed.body.status, closed.body.verdict], ['closed', 'benign']);
  const mine = await picket.ask('GET', '/alerts?assignee=me&verdict=benign', analyst.token);
  assert.deepEqual(
    mine.body.items.map((item: { id: string }) => item.id),
    [id],
  );
  const history = await picket.ask('GET', `/alerts/${id}/history`, analyst.token);
  const actions = history.body.items.map((entry: { action: string }) => entry.action);
  assert.deepEqual(actions, ['status', 'assignee', 'comment', 'status']);
  assert.deepEqual((await picket.ask('GET', `/alerts/${id}/findings`, analyst.token)).body.items, []);
});

test('who watches is told of alerts and endpoints as they change, until the session ends', {
  timeout: 30_000,
}, async () => {
  const { token, user } = await picket.login('viewer');
  const live = await picket.stream('/live', token);
  const endpoint = await addEndpoint('live');
  assert.deepEqual(pick(await live.next(), 'name'), ['endpoint', 'live']);
  const alert = await addAlert(endpoint);
  assert.deepEqual(pick(await live.next(), 'id'), ['alert', alert]);
  await picket.sql.query('UPDATE endpoints SET last_seen_at = now() WHERE id = $1', [endpoint]);
  assert.deepEqual(pick(await live.next(), 'state'), ['endpoint', 'alive']);
  picket.advance(60);
  assert.deepEqual(pick(await live.next(), 'state'), ['endpoint', 'silent']);
  await picket.ask('DELETE', `/endpoints/${endpoint}`, admin.token);
  assert.deepEqual(pick(await live.next(), 'id'), ['endpoint-removed', endpoint]);
  await picket.ask('PATCH', `/users/${user.id}`, admin.token, { disabled: true });
  assert.deepEqual(pick(await live.next(), 'reason'), ['end', 'session-ended']);
  assert.equal(await live.next(), undefined);
});

test('a user may have twenty streams, and another one when one is left', { timeout: 30_000 }, async () => {
  const { token } = await picket.login('viewer');
  const streams = await Promise.all(Array.from({ length: 20 }, () => picket.stream('/live', token)));
  const refused = await picket.ask('GET', '/live', token);
  assert.deepEqual([refused.status, refused.body.reason], [429, 'too-many-streams']);
  streams.pop()!.leave();
  // The server notices when the connection has gone.
  for (;;) {
    const next = await picket.stream('/live', token).catch(() => undefined);
    if (next !== undefined) break;
  }
  for (const stream of streams) stream.leave();
});

function pick(message: { event: string; data: Record<string, unknown> } | undefined, field: string): unknown[] {
  return [message?.event, message?.data[field]];
}
