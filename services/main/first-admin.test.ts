import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pino from 'pino';
import { leaveFirstAdmin } from './first-admin.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-first-admin-'));
after(() => rmSync(folder, { recursive: true }));
const log = pino({ level: 'silent' });
const admin = { email: 'admin@picket.local', password: 'made once' };

test('where the login cannot be written nobody is made, and the folder is named', async () => {
  const inTheWay = join(folder, 'in-the-way');
  writeFileSync(inTheWay, '');
  let made = 0;
  const make = async () => {
    made++;
    return admin;
  };
  await assert.rejects(
    leaveFirstAdmin(make, join(inTheWay, 'data'), log),
    /^Error: PICKET_DATA=.+in-the-way\/data: a folder was expected in which this user may write/,
  );
  assert.equal(made, 0);
});

test('the login is in a file of the server’s user, and in no other', async () => {
  const data = join(folder, 'first');
  await leaveFirstAdmin(async () => admin, data, log);
  const file = join(data, 'first-admin');
  assert.equal(readFileSync(file, 'utf8'), 'admin@picket.local made once\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(data), ['first-admin']);
});

test('a start that makes nobody, or fails, leaves the login of an earlier one as it is', async () => {
  const data = join(folder, 'again');
  await leaveFirstAdmin(async () => admin, data, log);
  await leaveFirstAdmin(async () => undefined, data, log);
  await assert.rejects(
    leaveFirstAdmin(() => Promise.reject(new Error('store away')), data, log),
    /store away/,
  );
  assert.equal(readFileSync(join(data, 'first-admin'), 'utf8'), 'admin@picket.local made once\n');
  assert.deepEqual(readdirSync(data), ['first-admin']);
});
