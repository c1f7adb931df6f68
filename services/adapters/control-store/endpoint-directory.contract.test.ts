import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type EndpointId, micros } from '../../domain/events/ids.ts';
import type { EndpointReport } from '../../ports/endpoint-directory.ts';
import { instantOf } from '../../ports/instant.ts';
import { openControlStore } from './control-store.ts';
import { openEndpointDirectory } from './endpoint-directory.ts';
import { startPostgres, type TestPostgres } from './postgres.fixture.ts';

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
});
after(() => server.close());

const id = '00000000-0000-4000-8000-000000000001' as EndpointId;
const start = 1_800_000_000_000_000;
const now = instantOf(micros(start));
const report = (more: Partial<EndpointReport> = {}): EndpointReport => ({
  endpoint: id,
  seenAt: micros(start),
  agentVersion: '1.2.3',
  bootId: '11111111-2222-4333-8444-555555555555',
  losses: {},
  heartbeat: undefined,
  ...more,
});

async function open() {
  const url = await server.database();
  const store = openControlStore({ url });
  const directory = openEndpointDirectory({ url });
  const publicKey = randomBytes(32);
  await store.endpoints.add({ id, name: 'web', publicKey }, 'system');
  return {
    url,
    store,
    directory,
    publicKey,
    /** Asks until the answer is as expected: a change is told, not waited for. */
    async keyBecomes(expected: (key: Awaited<ReturnType<typeof directory.key>>) => boolean) {
      for (const end = performance.now() + 30_000; !expected(await directory.key(id)); ) {
        assert.ok(performance.now() < end, 'the directory is told of the change within 30 s');
        await new Promise(resolve => setImmediate(resolve));
      }
    },
    async dispose() {
      await directory.close();
      await store.close();
    },
  };
}

const raw = (key: Awaited<ReturnType<ReturnType<typeof openEndpointDirectory>['key']>>) =>
  Buffer.from(key!.publicKey.export({ format: 'jwk' }).x!, 'base64url');

test('the key of an endpoint is the one that was set; nobody else has one', { timeout: 20_000 }, async () => {
  const { directory, publicKey, dispose } = await open();
  const key = await directory.key(id);
  assert.deepEqual(raw(key), publicKey);
  assert.equal(key?.revoked, false);
  assert.equal(await directory.key('00000000-0000-4000-8000-000000000002' as EndpointId), undefined);
  for (const no of ["' OR 1=1 --", '', '\0', 'x'.repeat(10_000)]) {
    assert.equal(await directory.key(no as EndpointId), undefined);
  }
  await dispose();
});

test('a key that was asked for before is the new one soon after it was rotated, revoked or removed', {
  timeout: 20_000,
}, async () => {
  const { store, directory, keyBecomes, dispose } = await open();
  await directory.key(id);
  const next = randomBytes(32);
  await store.endpoints.setKey(id, next, 'system');
  await keyBecomes(key => raw(key).equals(next));
  await store.endpoints.revoke(id, now, 'system');
  await keyBecomes(key => key?.revoked === true);
  await store.endpoints.remove(id, 'system');
  await keyBecomes(key => key === undefined);
  await store.endpoints.add({ id, name: 'web', publicKey: next }, 'system');
  await keyBecomes(key => key !== undefined);
  await dispose();
});

test('while nobody can tell of changes, keys are asked for each time', { timeout: 20_000 }, async () => {
  const { url, store, directory, keyBecomes, dispose } = await open();
  for (let round = 0; round < 3; round++) {
    await directory.key(id);
    await server.breakConnections(url).catch(() => undefined);
    const next = randomBytes(32);
    while ((await store.endpoints.setKey(id, next, 'system').catch(() => 'again')) === 'again');
    const answer = async () => directory.key(id).catch(() => undefined);
    let key = await answer();
    while (key === undefined) key = await answer();
    await keyBecomes(current => raw(current).equals(next));
  }
  await dispose();
});

test('reports are gathered: the newest counts, a heartbeat is kept, closing writes what waits', {
  timeout: 20_000,
}, async () => {
  const { store, directory, dispose } = await open();
  const heartbeat = { hostname: 'web', kernel: '6.1' };
  directory.report(report({ heartbeat, losses: { 'ring.full': 3 } }));
  directory.report(report({ seenAt: micros(start + 2_000_000), agentVersion: '1.2.4', losses: { 'ring.full': 5 } }));
  directory.report(report({ seenAt: micros(start + 1_000_000), agentVersion: 'late' }));
  await directory.close();
  const endpoint = await store.endpoints.get(id, now);
  assert.equal(endpoint?.agentVersion, '1.2.4');
  assert.equal(endpoint?.lastSeenAt, instantOf(micros(start + 2_000_000)));
  assert.equal(endpoint?.bootId, '11111111-2222-4333-8444-555555555555');
  assert.deepEqual(endpoint?.losses, { 'ring.full': 5 });
  assert.deepEqual(endpoint?.heartbeat, heartbeat);
  assert.deepEqual((await store.endpoints.totals(now)).losses, { 'ring.full': 5 });
  await store.close();
  void dispose;
});

test('why an endpoint is refused is shown until something of it is taken again', { timeout: 20_000 }, async () => {
  const { url, store, directory, dispose } = await open();
  const refusal = (seconds: number, detail: string) => ({
    endpoint: id,
    at: micros(start + seconds * 1_000_000),
    reason: 'clock-skew',
    detail,
  });
  directory.refused(refusal(2, 'newer'));
  directory.refused(refusal(1, 'older'));
  await directory.close();
  const { at, ...shown } = refusal(2, 'newer');
  const { endpoint: _, ...expected } = { ...shown, at: instantOf(at) };
  assert.deepEqual((await store.endpoints.get(id, now))?.refusal, expected);
  const next = openEndpointDirectory({ url });
  next.report(report({ seenAt: micros(start + 3_000_000) }));
  await next.close();
  assert.equal((await store.endpoints.get(id, now))?.refusal, null);
  const late = openEndpointDirectory({ url });
  late.refused(refusal(2, 'told late'));
  await late.close();
  assert.equal((await store.endpoints.get(id, now))?.refusal, null);
  await store.close();
  void dispose;
});

test('a report with bytes that PostgreSQL cannot keep is kept without them', { timeout: 20_000 }, async () => {
  const { store, directory } = await open();
  const losses = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`loss\0${'x'.repeat(300)}${i}`, i]));
  directory.report(
    report({
      agentVersion: `1\0\ud800${'v'.repeat(500)}`,
      bootId: 'no uuid',
      losses,
      heartbeat: { hostname: 'a\0b\udfff' },
    }),
  );
  await directory.close();
  const endpoint = await store.endpoints.get(id, now);
  assert.equal(endpoint?.state, 'alive');
  assert.ok(endpoint!.agentVersion!.length <= 100);
  assert.equal(endpoint?.bootId, null);
  assert.equal(endpoint?.heartbeat?.['hostname'], 'a\ufffdb\ufffd');
  await store.close();
});
