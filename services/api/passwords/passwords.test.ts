import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GateFull, gate } from './gate.ts';
import { generatePassword } from './generate.ts';
import { passwordHasher } from './hash.ts';
import { passwordFault } from './rules.ts';

const hasher = passwordHasher(gate(2, 10));

test('a password is right with its own hash only, and two hashes of it differ', async () => {
  const [one, two] = [await hasher.hash('correct horse'), await hasher.hash('correct horse')];
  assert.notEqual(one, two);
  assert.equal(await hasher.verify('correct horse', one), true);
  assert.equal(await hasher.verify('correct horsf', one), false);
  assert.equal(await hasher.verify('correct horse', undefined), false);
});

test('a hash is verified with the cost that it tells, as other programs write it', async () => {
  // From the reference implementation's own tests: argon2id, t=2, m=16, p=1.
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  assert.equal(await hasher.verify('password', reference), true);
  await assert.rejects(hasher.verify('password', '$2b$10$somethingelse'), /no argon2id PHC string/);
});

test('a password must be long, no mail address, and more than one key held down', () => {
  const user = { email: 'ada.lovelace@example.org' };
  assert.equal(passwordFault('twelve chars', user), undefined);
  assert.match(passwordFault('eleven char', user)!, /at least 12 characters, has 11/);
  assert.match(passwordFault('Ada.Lovelace@example.org', user)!, /mail address/);
  assert.match(passwordFault('ada.lovelace', user)!, /mail address/);
  assert.match(passwordFault('ababababababab', user)!, /different characters/);
  assert.match(passwordFault('x'.repeat(300), user)!, /at most 256/);
});

test('a generated password passes the rules and is not made twice', () => {
  const made = new Set(Array.from({ length: 1000 }, generatePassword));
  assert.equal(made.size, 1000);
  for (const password of made) assert.equal(passwordFault(password, { email: 'a@b.c' }), undefined);
});

test('the gate lets few run, some wait in order, and turns the rest away', async () => {
  const through = gate(1, 2);
  const order: number[] = [];
  const doors = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  const running = doors.map((door, i) =>
    through(async () => {
      order.push(i);
      await door.promise;
    }),
  );
  await assert.rejects(
    through(async () => undefined),
    GateFull,
  );
  assert.deepEqual(order, [0]);
  doors[0]!.resolve();
  await running[0];
  assert.deepEqual(order, [0, 1]);
  doors[1]!.resolve();
  doors[2]!.resolve();
  await Promise.all(running);
  await assert.rejects(
    through(() => Promise.reject(new Error('its own'))),
    /its own/,
  );
  assert.equal(await through(async () => 'free again'), 'free again');
});
