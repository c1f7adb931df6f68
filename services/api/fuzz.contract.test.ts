import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { startTestApi, type TestApi } from './api.fixture.ts';
import { routes } from './routes.ts';

let picket: TestApi;
let token: string;
before(async () => {
  picket = await startTestApi();
  token = (await picket.login('admin')).token;
});
after(() => picket.close());

const id = fc.oneof(fc.uuid(), fc.constant('00000000-0000-0000-0000-000000000000'), fc.string());
const strange = fc.constantFrom(
  "'; DROP TABLE users; --",
  '{x:String}',
  '%',
  '\\',
  '\u0000',
  '\ud800',
  '*'.repeat(200),
  '\\xff\\x00',
  '1e400',
  '-1',
  '9223372036854775808',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999+23:59',
  '::ffff:1.2.3.4',
  '255.255.255.255',
  `${'f'.repeat(8)}-ffff-ffff-ffff-${'f'.repeat(12)}:999999999:999999999999999`,
  'open',
  'closed',
  'admin',
  'severity',
  'file.opened',
);
const word = fc.oneof(
  strange,
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  id,
);

/** JSON with the names that the routes know, so that it gets past the first check now and then. */
const names = [
  'email',
  'password',
  'name',
  'role',
  'disabled',
  'api',
  'status',
  'verdict',
  'assigneeId',
  'revision',
  'text',
];
const json = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fc.constantFrom(...names), fc.oneof(word, fc.jsonValue(), fc.boolean(), fc.integer())),
  fc.record({ name: word }),
  fc.record({ text: word }),
  fc.record({ email: word, password: word }),
  fc.record({ email: fc.emailAddress(), name: word, role: fc.constantFrom('viewer', 'analyst', 'responder', 'admin') }),
);

const cursor = fc
  .oneof(
    fc.tuple(fc.constantFrom('users', 'audit', 'events', 'endpoints', 'alerts.lastSeen.desc', 'baselines'), word, word),
    fc.tuple(fc.constantFrom('users', 'endpoints', 'baselines', 'alerts.count.desc'), fc.jsonValue(), id),
    fc.constant(['alerts.lastSeen.desc', '2026-13-99T99:99:99.000000Z', '00000000-0000-4000-8000-000000000000']),
    fc.constant(['audit', Number.MAX_SAFE_INTEGER]),
    fc.jsonValue(),
  )
  .map(value => Buffer.from(JSON.stringify(value)).toString('base64url'));

const callable = routes.filter(route => route.kind === 'json' && !['/logout', '/me/password'].includes(route.path));

/** A route with parameters that it knows, most of them wrong. */
const call = fc.constantFrom(...callable).chain(route => {
  const known = Object.keys((route.query as z.ZodObject | undefined)?.shape ?? {});
  const names = known.filter(name => name !== 'cursor' && name !== 'limit');
  return fc.record({
    route: fc.constant(route),
    pairs: names.length === 0 ? fc.constant([]) : fc.array(fc.tuple(fc.constantFrom(...names), word), { maxLength: 2 }),
    cursor: known.includes('cursor') ? fc.option(cursor, { nil: undefined }) : fc.constant(undefined),
    id,
    body: route.body ? json : fc.constant(undefined),
  });
});

test('whatever is sent to whichever route, the API answers, and never with 5xx', async () => {
  const own = (await picket.ask('GET', '/me', token)).body.id;
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(call, async ({ route, pairs, cursor, id, body }) => {
      // The one who asks must stay who he is.
      if (id === own) return;
      const query = new URLSearchParams([
        ...pairs,
        ...(cursor === undefined ? [] : [['cursor', cursor] as [string, string]]),
      ]);
      const path = `${route.path.replace(':id', encodeURIComponent(id.toWellFormed()))}?${query}`;
      const answer = await picket.ask(route.method, path, token, body);
      assert.ok(answer.status < 500, `${answer.status} ${JSON.stringify(answer.body)}`);
      if (answer.status >= 400) assert.equal(typeof answer.body.reason, 'string');
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }),
    { numRuns: 800 },
  );
  assert.ok(statuses.get(200)! > 20, 'many of them were understood');
  assert.equal((await picket.ask('GET', '/me', token)).status, 200);
});

test('a body of random bytes is refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async body => {
      const answer = await picket.ask('POST', '/users', token, body);
      assert.ok(answer.status === 400, `${answer.status} ${JSON.stringify(answer.body)}`);
    }),
    { numRuns: 200 },
  );
});
