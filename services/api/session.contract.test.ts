import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from './api.fixture.ts';
import { ensureFirstAdmin } from './first-start.ts';

let picket: TestApi;
before(async () => {
  picket = await startTestApi({ sessionSeconds: 3600, idleSeconds: 600 });
});
after(() => picket.close());

const logIn = (email: string, password: string) => picket.ask('POST', '/login', undefined, { email, password });
const reason = async (answer: Promise<{ status: number; body: { reason: string } }>) => {
  const { status, body } = await answer;
  return [status, body?.reason];
};

test('the first admin has a password that is shown once and must be changed before anything else', async () => {
  const missed = (await ensureFirstAdmin(picket.control))!;
  const first = (await ensureFirstAdmin(picket.control))!;
  assert.equal(first.email, 'admin@picket.local');
  assert.match(first.password, /^[2-9a-z]{5}(-[2-9a-z]{5}){3}$/);
  assert.deepEqual(await reason(logIn(first.email, missed.password)), [401, 'wrong-credentials'], 'nobody had used it');
  const { body } = await logIn('Admin@Picket.local', first.password);
  assert.equal(await ensureFirstAdmin(picket.control), undefined, 'there is one already');
  assert.equal(body.user.mustChangePassword, true);
  assert.deepEqual(await reason(picket.ask('GET', '/alerts', body.token)), [403, 'password-change-required']);
  assert.equal((await picket.ask('GET', '/me', body.token)).status, 200);
  const change = { current: first.password, next: 'four words are enough' };
  const other = (await logIn(first.email, first.password)).body.token;
  assert.equal((await picket.ask('POST', '/me/password', body.token, change)).body.mustChangePassword, false);
  assert.equal((await picket.ask('GET', '/alerts', body.token)).status, 200);
  assert.deepEqual(await reason(picket.ask('GET', '/me', other)), [401, 'session-ended']);
  assert.deepEqual(await reason(logIn(first.email, first.password)), [401, 'wrong-credentials']);
});

test('a new password is refused when it is short, the mail address or the old one, or the current one is wrong', async () => {
  const { user, password, token } = await picket.login('viewer');
  const change = (next: string, current = password) =>
    reason(picket.ask('POST', '/me/password', token, { current, next }));
  assert.deepEqual(await change('eleven char'), [400, 'weak-password']);
  assert.deepEqual(await change(user.email.toUpperCase()), [400, 'weak-password']);
  assert.deepEqual(await change(password), [400, 'weak-password']);
  assert.deepEqual(await change('aaaaaaaaaaaaaaaa'), [400, 'weak-password']);
  assert.deepEqual(await change('a good new password', 'wrong'), [403, 'wrong-password']);
});

test('an unknown user, a wrong password and a disabled user are told the same', async () => {
  const { user, password } = await picket.login('analyst');
  const unknown = await logIn('nobody@example.org', password);
  const wrong = await logIn(user.email, 'not the password');
  await picket.control.users.change(user.id, { disabled: true }, 'system');
  const disabled = await logIn(user.email, password);
  for (const answer of [unknown, wrong, disabled]) {
    const { instance: _, ...body } = answer.body;
    const { instance: _instance, ...same } = unknown.body;
    assert.deepEqual([answer.status, body], [401, same]);
  }
});

test('after five wrong passwords an account has to wait, longer each time; the right one does not help before', async () => {
  const { user, password } = await picket.login('analyst');
  for (let attempt = 0; attempt < 6; attempt++) assert.equal((await logIn(user.email, `wrong ${attempt}`)).status, 401);
  const held = await logIn(user.email, password);
  assert.deepEqual([held.status, held.body.reason], [429, 'too-many-attempts']);
  assert.equal(held.headers.get('retry-after'), String(held.body.retryAfterSeconds));
  picket.advance(2);
  assert.equal((await logIn(user.email, 'wrong again')).status, 401);
  assert.ok((await logIn(user.email, password)).body.retryAfterSeconds >= 1);
  picket.advance(5);
  assert.equal((await logIn(user.email, password)).status, 200);
  assert.equal((await logIn(user.email, 'wrong')).status, 401, 'the count began anew');
});

test('an address that tries many accounts has to wait; another address has not', async () => {
  const from = (address: string, email: string) =>
    fetch(`${picket.api.url}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ email, password: 'guess' }),
    }).then(answer => answer.status);
  let attempts = 0;
  while ((await from('198.51.100.1', `user${attempts}@example.org`)) !== 429) attempts++;
  assert.ok(attempts >= 30 && attempts <= 32, `${attempts} attempts`);
  assert.equal(await from('198.51.100.2', 'user@example.org'), 401);
});

test('a session ends when it is not used, after its time, at logout, and when the user is changed', async () => {
  const idle = await picket.login('viewer');
  const used = await picket.login('viewer');
  for (let minute = 0; minute < 5; minute++) {
    picket.advance(130);
    assert.equal((await picket.ask('GET', '/me', used.token)).status, 200);
  }
  assert.deepEqual(await reason(picket.ask('GET', '/me', idle.token)), [401, 'session-ended']);
  for (let minute = 0; minute < 8; minute++) {
    picket.advance(400);
    await picket.ask('GET', '/me', used.token);
  }
  assert.deepEqual(await reason(picket.ask('GET', '/me', used.token)), [401, 'session-ended']);

  const out = await picket.login('viewer');
  assert.equal((await picket.ask('POST', '/logout', out.token)).status, 204);
  assert.equal((await picket.ask('GET', '/me', out.token)).status, 401);

  const admin = await picket.login('admin');
  const promoted = await picket.login('viewer');
  await picket.ask('PATCH', `/users/${promoted.user.id}`, admin.token, { role: 'admin' });
  assert.equal((await picket.ask('GET', '/me', promoted.token)).status, 401);
});

test('an admin adds a user whose generated password works once; resetting makes another', async () => {
  const admin = await picket.login('admin');
  const made = await picket.ask('POST', '/users', admin.token, {
    email: 'eve@example.org',
    name: 'Eve',
    role: 'analyst',
  });
  assert.equal(made.status, 201);
  assert.equal((await logIn('eve@example.org', made.body.password)).body.user.mustChangePassword, true);
  const again = await picket.ask('POST', '/users', admin.token, {
    email: 'EVE@example.org',
    name: 'E',
    role: 'viewer',
  });
  assert.deepEqual([again.status, again.body.reason], [409, 'email-taken']);
  const reset = await picket.ask('POST', `/users/${made.body.user.id}/reset-password`, admin.token);
  assert.equal((await logIn('eve@example.org', made.body.password)).status, 401);
  assert.equal((await logIn('eve@example.org', reset.body.password)).status, 200);
});

test('neither a token, a password nor a hash is in the audit log or in what is stored of a session', async () => {
  const { token, password } = await picket.login('admin');
  const { body } = await picket.ask('GET', '/audit?limit=200', token);
  const tables = await picket.sql.query(
    'SELECT (SELECT json_agg(s) FROM sessions s) AS sessions, (SELECT json_agg(u) FROM users u) AS users',
  );
  const everything = JSON.stringify([body, tables.rows]);
  assert.ok(!everything.includes(token));
  assert.ok(!everything.includes(password));
  assert.ok(!JSON.stringify(body).includes('argon2'));
  assert.match(everything, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});
