import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startTestApi, type TestApi } from './api.fixture.ts';
import { firstAdminEmail as email, ensureFirstAdmin } from './first-start.ts';

const given = 'given from outside';
let picket: TestApi;
before(async () => {
  picket = await startTestApi();
});
beforeEach(async () => {
  await picket.sql.query('DELETE FROM users');
});
after(() => picket.close());

const logIn = (password: string) => picket.ask('POST', '/login', undefined, { email, password });
const users = async () => (await picket.control.users.list({}, { limit: 10 })).items;

test('of servers that start at once with the same first password one makes the admin, who has to change it', async () => {
  await Promise.all([1, 2, 3].map(() => ensureFirstAdmin(picket.control, given)));
  assert.deepEqual(
    (await users()).map(user => [user.email, user.role]),
    [[email, 'admin']],
  );
  const { status, body } = await logIn(given);
  assert.deepEqual([status, body.user?.mustChangePassword], [200, true]);
  assert.equal((await picket.ask('GET', '/alerts', body.token)).body.reason, 'password-change-required');
});

test('a first password that was given is not set again, neither before the first login nor after', async () => {
  await ensureFirstAdmin(picket.control, given);
  const kept = await picket.control.users.credentials(email);
  assert.equal(await ensureFirstAdmin(picket.control, given), undefined);
  assert.deepEqual(await picket.control.users.credentials(email), kept);

  const { token } = (await logIn(given)).body;
  await picket.ask('POST', '/me/password', token, { current: given, next: 'four words are enough' });
  assert.equal(await ensureFirstAdmin(picket.control, given), undefined);
  assert.equal((await logIn(given)).status, 401);
  assert.equal((await logIn('four words are enough')).status, 200);
});

test('a first password that is given takes the place of one that was made and missed', async () => {
  const missed = (await ensureFirstAdmin(picket.control))!;
  await ensureFirstAdmin(picket.control, given);
  assert.equal((await logIn(missed.password)).status, 401);
  assert.equal((await logIn(given)).status, 200);
});
