/** What every control store does with endpoints. */

import assert from 'node:assert/strict';
import { type EndpointId, micros } from '../domain/events/ids.ts';
import type { Behaviour } from './control-store.contract.ts';
import type { ControlStore } from './control-store.ts';
import { instantOf } from './instant.ts';

export const endpointId = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as EndpointId;
export const now = instantOf(micros(1_800_000_000_000_000));
const publicKey = new Uint8Array(32).fill(7);

export async function addEndpoint(store: ControlStore, n: number, name: string): Promise<EndpointId> {
  assert.equal(await store.endpoints.add({ id: endpointId(n), name, publicKey }, 'system'), 'added');
  return endpointId(n);
}

export function endpointsContract(behaviour: Behaviour): void {
  behaviour('an endpoint begins as never seen, and its name is taken in any case', async ({ store }) => {
    const id = await addEndpoint(store, 1, 'Web');
    const endpoint = await store.endpoints.get(id, now);
    assert.deepEqual([endpoint?.name, endpoint?.state, endpoint?.openAlerts], ['Web', 'never', 0]);
    assert.deepEqual(endpoint?.losses, {});
    assert.equal(await store.endpoints.add({ id: endpointId(2), name: 'wEB', publicKey }, 'system'), 'name-taken');
    assert.equal((await store.endpoints.named('WEB', now))?.id, id);
    assert.equal(await store.endpoints.get(endpointId(9), now), undefined);
  });

  behaviour('state follows from when it was last seen and whether it is revoked', async ({ store, seen }) => {
    const ids = [];
    for (const [n, name] of ['alive', 'silent', 'never', 'revoked'].entries())
      ids.push(await addEndpoint(store, n, name));
    const ago = (seconds: number) => instantOf(micros(1_800_000_000_000_000 - seconds * 1_000_000));
    await seen(ids[0]!, ago(29));
    await seen(ids[1]!, ago(31));
    await seen(ids[3]!, ago(1));
    await store.endpoints.revoke(ids[3]!, now, 'system');
    for (const [n, state] of (['alive', 'silent', 'never', 'revoked'] as const).entries()) {
      assert.equal((await store.endpoints.get(ids[n]!, now))?.state, state);
      const { items } = await store.endpoints.list({ state }, { limit: 10 }, now);
      assert.deepEqual(
        items.map(endpoint => endpoint.name),
        [state],
      );
    }
    assert.deepEqual((await store.endpoints.totals(now)).states, { alive: 1, silent: 1, never: 1, revoked: 1 });
    assert.equal((await store.endpoints.states(now)).get(ids[1]!), 'silent');
  });

  behaviour('a new key lifts a revocation; revoking twice keeps the first moment', async ({ store }) => {
    const id = await addEndpoint(store, 1, 'web');
    await store.endpoints.revoke(id, now, 'system');
    await store.endpoints.revoke(id, instantOf(micros(1_900_000_000_000_000)), 'system');
    assert.equal((await store.endpoints.get(id, now))?.revokedAt, now);
    assert.equal(await store.endpoints.setKey(id, new Uint8Array(32), 'system'), 'set');
    assert.equal((await store.endpoints.get(id, now))?.revokedAt, null);
  });

  behaviour('each change of an endpoint is told and in the audit log', async ({ store }) => {
    await store.changes.ready();
    const told: (string | undefined)[] = [];
    const last = Promise.withResolvers<void>();
    store.changes.listen('endpoints', id => told.push(id) === 5 && last.resolve());
    const id = await addEndpoint(store, 1, 'web');
    assert.equal(await store.endpoints.rename(id, 'www', 'system'), 'renamed');
    await store.endpoints.setKey(id, publicKey, 'system');
    await store.endpoints.revoke(id, now, 'system');
    assert.equal(await store.endpoints.remove(id, 'system'), 'removed');
    await last.promise;
    assert.deepEqual(told, Array(5).fill(id));
    const { items } = await store.audit.list({ action: 'endpoint.' }, { limit: 10 });
    const actions = ['removed', 'revoked', 'key-rotated', 'renamed', 'added'].map(action => `endpoint.${action}`);
    assert.deepEqual(
      items.map(entry => entry.action),
      actions,
    );
    for (const change of [
      store.endpoints.rename(id, 'x', 'system'),
      store.endpoints.setKey(id, publicKey, 'system'),
      store.endpoints.revoke(id, now, 'system'),
      store.endpoints.remove(id, 'system'),
    ]) {
      assert.equal(await change, 'not-found');
    }
  });

  behaviour('endpoints are paged by name and keep their page while others are added', async ({ store }) => {
    for (const [n, name] of ['delta', 'Alpha', 'charlie', 'bravo'].entries()) await addEndpoint(store, n, name);
    const first = await store.endpoints.list({}, { limit: 2 }, now);
    await addEndpoint(store, 10, 'aaa');
    const second = await store.endpoints.list({}, { limit: 2, cursor: first.nextCursor! }, now);
    const names = [first, second].flatMap(page => page.items.map(endpoint => endpoint.name));
    assert.deepEqual(names, ['Alpha', 'bravo', 'charlie', 'delta']);
    assert.equal(second.nextCursor, null);
    assert.equal(await store.endpoints.rename(endpointId(10), 'ALPHA', 'system'), 'name-taken');
  });
}
