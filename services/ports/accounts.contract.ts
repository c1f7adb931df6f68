/** What every control store does with users, sessions and login attempts. */

import assert from 'node:assert/strict';
import { micros } from '../domain/events/ids.ts';
import type { NewUser, Role, User, UserId } from './accounts.ts';
import type { Author } from './audit-log.ts';
import type { Behaviour } from './control-store.contract.ts';
import type { ControlStore } from './control-store.ts';
import { instantOf } from './instant.ts';

const second = (seconds: number) => instantOf(micros((1_800_000_000 + seconds) * 1_000_000));
const token = (fill: number) => new Uint8Array(32).fill(fill);
const nobody = '00000000-0000-4000-8000-000000000000' as UserId;

export const person = (name: string, role: Role = 'analyst'): NewUser => ({
  email: `${name}@example.org`,
  name,
  role,
  passwordHash: 'phc',
  mustChangePassword: false,
});

export async function add(store: ControlStore, name: string, role?: Role): Promise<User> {
  const user = await store.users.create(person(name, role), 'system');
  assert.notEqual(user, 'email-taken');
  return user as User;
}

async function openSession(store: ControlStore, user: User, fill: number): Promise<Uint8Array> {
  const tokenHash = token(fill);
  await store.sessions.open({ tokenHash, userId: user.id, now: second(0), expiresAt: second(100) }, 'system');
  return tokenHash;
}

const find = (store: ControlStore, tokenHash: Uint8Array, at = 1, idle = 50, use = false) =>
  store.sessions.find(tokenHash, { now: second(at), idleSince: second(at - idle), use });

export function accountsContract(behaviour: Behaviour): void {
  behaviour('a mail address belongs to one user, whatever its case', async ({ store }) => {
    await add(store, 'ada');
    assert.equal(await store.users.create({ ...person('x'), email: 'ADA@Example.org' }, 'system'), 'email-taken');
    assert.equal((await store.users.credentials('Ada@EXAMPLE.org'))?.user.name, 'ada');
    assert.equal(await store.users.credentials('nobody@example.org'), undefined);
  });

  behaviour('of servers that start at once one makes the first user', async ({ store }) => {
    const tries = await Promise.all(['a', 'b', 'c', 'd'].map(name => store.users.createFirst(person(name, 'admin'))));
    assert.equal(tries.filter(outcome => outcome !== 'exists').length, 1);
    assert.equal((await store.users.list({}, { limit: 10 })).items.length, 1);
  });

  behaviour('the last enabled admin can be neither demoted nor disabled nor removed', async ({ store }) => {
    const ada = await add(store, 'ada', 'admin');
    const bob = await add(store, 'bob', 'admin');
    await store.users.change(bob.id, { disabled: true }, 'system');
    assert.equal(await store.users.change(ada.id, { role: 'analyst' }, 'system'), 'last-admin');
    assert.equal(await store.users.change(ada.id, { disabled: true }, 'system'), 'last-admin');
    assert.equal(await store.users.remove(ada.id, 'system'), 'last-admin');
    assert.equal(await store.users.remove(bob.id, 'system'), 'removed');
    assert.equal(((await store.users.change(ada.id, { name: 'Ada' }, 'system')) as User).name, 'Ada');
  });

  behaviour('of two admins who step down at once one stays', async ({ store }) => {
    let admin = await add(store, 'first', 'admin');
    for (let round = 0; round < 5; round++) {
      const other = await add(store, `other${round}`, 'admin');
      const outcomes = await Promise.all([
        store.users.change(admin.id, { role: 'viewer' }, 'system'),
        store.users.remove(other.id, 'system'),
      ]);
      assert.equal(outcomes.filter(outcome => outcome === 'last-admin').length, 1, `round ${round}`);
      const { items } = await store.users.list({}, { limit: 50 });
      const [left, ...more] = items.filter(user => user.role === 'admin');
      assert.ok(left !== undefined && more.length === 0);
      admin = left;
    }
  });

  behaviour(
    'users are paged by mail address and found by a part of it, where % is only a character',
    async ({ store }) => {
      for (const name of ['dora', 'ada', 'carl', 'bob', 'b%b']) await add(store, name);
      const first = await store.users.list({}, { limit: 2 });
      const second = await store.users.list({}, { limit: 2, cursor: first.nextCursor! });
      const third = await store.users.list({}, { limit: 2, cursor: second.nextCursor! });
      const names = [first, second, third].flatMap(page => page.items.map(user => user.name));
      assert.deepEqual(names, ['ada', 'b%b', 'bob', 'carl', 'dora']);
      assert.equal(third.nextCursor, null);
      assert.deepEqual(
        (await store.users.list({ search: '%' }, { limit: 9 })).items.map(user => user.name),
        ['b%b'],
      );
    },
  );

  behaviour('a session is good until it expires, is not used for too long, or is closed', async ({ store }) => {
    const ada = await add(store, 'ada');
    const hash = await openSession(store, ada, 1);
    assert.equal((await find(store, hash))?.user.id, ada.id);
    assert.equal(await find(store, token(9)), undefined, 'another token');
    assert.equal(await find(store, hash, 51), undefined, 'not used for 51 s');
    assert.ok(await find(store, hash, 49, 50, true), 'used at 49 s');
    assert.ok(await find(store, hash, 98), 'and so good at 98 s');
    assert.equal(await find(store, hash, 100), undefined, 'expired, though used');
    await store.sessions.close(hash, 'system');
    assert.equal(await find(store, hash), undefined);
  });

  behaviour('looking at a session without using it does not keep it alive', async ({ store }) => {
    const hash = await openSession(store, await add(store, 'ada'), 1);
    assert.ok(await find(store, hash, 49, 50, false));
    assert.equal(await find(store, hash, 51), undefined);
  });

  const endings: readonly [string, (store: ControlStore, user: User) => Promise<unknown>][] = [
    ['a change of role', (store, { id }) => store.users.change(id, { role: 'viewer' }, 'system')],
    ['disabling', (store, { id }) => store.users.change(id, { disabled: true }, 'system')],
    ['a new password', (store, { id }) => store.users.setPassword(id, { hash: 'x', mustChange: true }, 'system')],
    ['removal', (store, { id }) => store.users.remove(id, 'system')],
  ];
  for (const [how, end] of endings) {
    behaviour(`${how} ends the sessions of the user and of nobody else, and tells so`, async ({ store }) => {
      const [ada, bob] = [await add(store, 'ada'), await add(store, 'bob')];
      const [hers, his] = [await openSession(store, ada, 1), await openSession(store, bob, 2)];
      const told = Promise.withResolvers<string | undefined>();
      await store.changes.ready();
      store.changes.listen('sessions', told.resolve);
      await end(store, ada);
      assert.equal(await find(store, hers), undefined);
      assert.ok(await find(store, his));
      assert.equal(await told.promise, ada.id);
    });
  }

  behaviour('a user who changes the own password keeps the session that did it', async ({ store }) => {
    const ada = await add(store, 'ada');
    const [kept, other] = [await openSession(store, ada, 1), await openSession(store, ada, 2)];
    await store.users.setPassword(ada.id, { hash: 'x', mustChange: false, keep: kept }, 'system');
    assert.ok(await find(store, kept));
    assert.equal(await find(store, other), undefined);
  });

  behaviour('sweeping removes the sessions that have ended, and those only', async ({ store }) => {
    const hash = await openSession(store, await add(store, 'ada'), 1);
    assert.equal(await store.sessions.sweep({ now: second(10), idleSince: second(-10) }), 0);
    assert.ok(await find(store, hash));
    assert.equal(await store.sessions.sweep({ now: second(101), idleSince: second(-10) }), 1);
  });

  const rule = { free: 3, maxSeconds: 8, forgetSeconds: 100 };

  behaviour(
    'after the free login attempts each one makes the next wait twice as long, up to a limit',
    async ({ store }) => {
      let at = 0;
      const waits: number[] = [];
      for (let attempt = 1; attempt <= 8; attempt++) {
        assert.equal((await store.logins.begin('k', rule, second(at))).waitSeconds, 0, `attempt ${attempt}`);
        if (attempt <= rule.free) continue;
        // What is turned away does not count.
        const { waitSeconds } = await store.logins.begin('k', rule, second(at));
        waits.push(waitSeconds);
        at += waitSeconds;
      }
      assert.deepEqual(waits, [1, 2, 4, 8, 8]);
    },
  );

  behaviour('attempts at the same moment are counted one by one', async ({ store }) => {
    await store.logins.begin('k', rule, second(0));
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.logins.begin('k', rule, second(0))));
    // Two more are free, the one after them is allowed and makes all others wait.
    assert.equal(outcomes.filter(({ waitSeconds }) => waitSeconds === 0).length, 3);
  });

  behaviour('a right login, and time, make the count start anew; other keys are not touched', async ({ store }) => {
    for (let i = 0; i < 4; i++) await store.logins.begin('k', rule, second(0));
    assert.ok((await store.logins.begin('k', rule, second(0))).waitSeconds > 0);
    assert.equal((await store.logins.begin('other', rule, second(0))).waitSeconds, 0);
    await store.logins.succeeded('k');
    for (let i = 0; i < 4; i++) assert.equal((await store.logins.begin('k', rule, second(1))).waitSeconds, 0);
    assert.ok((await store.logins.begin('k', rule, second(1))).waitSeconds > 0);
    for (let i = 0; i < 4; i++) assert.equal((await store.logins.begin('k', rule, second(200))).waitSeconds, 0);
    await store.logins.sweep(rule, second(1000));
  });

  behaviour('every change is in the audit log: who, what, when, from where', async ({ store }) => {
    const ada = await add(store, 'ada', 'admin');
    const by: Author = { id: ada.id, email: ada.email, address: '192.0.2.7' };
    const bob = (await store.users.create(person('bob'), by)) as User;
    await store.users.change(bob.id, { role: 'viewer', name: 'bob' }, by);
    await store.users.change(bob.id, { role: 'viewer' }, by);
    await store.users.setPassword(bob.id, { hash: 'secret-hash', mustChange: true }, by);
    await store.users.remove(bob.id, by);
    assert.equal(await store.users.remove(nobody, by), 'not-found');
    const { items } = await store.audit.list({ actor: ada.id }, { limit: 50 });
    assert.deepEqual(
      items.map(({ action, subject, detail }) => [action, subject?.name, detail]),
      [
        ['user.removed', bob.email, { role: 'viewer' }],
        ['user.password-reset', bob.email, {}],
        ['user.changed', bob.email, { role: { from: 'analyst', to: 'viewer' } }],
        ['user.created', bob.email, { role: 'analyst' }],
      ],
    );
    assert.ok(items.every(({ actor, address }) => actor?.email === ada.email && address === '192.0.2.7'));
    const found = await store.audit.list({ action: 'user.c', search: 'BOB@' }, { limit: 1 });
    assert.equal(found.items[0]?.action, 'user.changed');
    const next = await store.audit.list({ action: 'user.c', search: 'BOB@' }, { limit: 1, cursor: found.nextCursor! });
    assert.deepEqual([next.items[0]?.action, next.nextCursor], ['user.created', null]);
  });

  behaviour('who triages can be given alerts: viewers and disabled users can not', async ({ store }) => {
    await add(store, 'victor', 'viewer');
    const dan = await add(store, 'dan');
    await store.users.change(dan.id, { disabled: true }, 'system');
    await add(store, 'bob');
    await add(store, 'ada', 'admin');
    assert.deepEqual(
      (await store.users.assignees()).map(user => user.name),
      ['ada', 'bob'],
    );
  });
}
