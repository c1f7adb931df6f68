import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, held, TestEndpoint, withIngress } from './ingress.fixture.ts';
import { Room } from './room.ts';

test('an endpoint takes an eighth at most, all together take all, and what was given back can be taken again', () => {
  const room = new Room(16);
  assert.ok(room.take('a', 2));
  assert.ok(!room.take('a', 1));
  for (const other of ['b', 'c', 'd', 'e', 'f', 'g', 'h']) assert.ok(room.take(other, 2));
  assert.ok(!room.take('i', 1));
  room.give('a', 1);
  assert.ok(room.take('i', 1));
  assert.ok(!room.take('a', 1));
});

test('of more submissions than may be under way the rest come later, and each is stored once', async () => {
  await withIngress({ limits: { underWay: 8 } }, async bed => {
    const agents = Array.from({ length: 40 }, () => new TestEndpoint());
    for (const { id, publicKey } of agents) bed.keys.set(id, { publicKey, revoked: false });
    let stored = 0;
    let later: Answer[] = [];
    // As many at once as it takes until some had to come again: how fast the bus is, is nobody's promise.
    for (let first = 0; later.length === 0 && first < 300; first += 3) {
      let waiting = agents.map(agent => agent.batch(first));
      while (waiting.length > 0) {
        const answers = await Promise.all(
          waiting.map(batch => {
            const agent = agents.find(({ id }) => id === batch.endpointId)!;
            return bed.post(agent.submission(batch, bed.clock.now));
          }),
        );
        later = [...later, ...answers.filter(({ status }) => status === 503)];
        stored += answers.filter(({ says }) => says === 'accepted').length;
        waiting = waiting.filter((_, i) => answers[i]!.status === 503);
      }
    }
    assert.ok(later.length > 0, 'nobody had to wait');
    for (const { says, headers } of later) {
      assert.equal(says, 'unavailable');
      assert.ok(Number(headers['retry-after']) >= 2 && Number(headers['retry-after']) <= 10);
    }
    assert.equal((await held(bed.bus, 'events')).length, stored);
  });
});
