import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplayWindow } from './replay-window.ts';

test('a nonce is fresh once, for each key on its own', () => {
  const window = new ReplayWindow(300, 10);
  assert.equal(window.file('a', 'n', 1000, 1000), 'fresh');
  assert.equal(window.file('a', 'n', 1000, 1100), 'replayed');
  assert.equal(window.file('b', 'n', 1000, 1100), 'fresh');
});

test('what is within the window is never forgotten, what has left it always is', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -300, max: 300 }), fc.nat(200)), { maxLength: 200 }), steps => {
      const window = new ReplayWindow(300, 1_000_000);
      const filed: [string, number][] = [];
      let now = 10_000;
      for (const [away, passed] of steps) {
        now += passed;
        const nonce = String(filed.length);
        assert.equal(window.file('key', nonce, now + away, now), 'fresh');
        filed.push([nonce, now + away]);
      }
      for (const [nonce, created] of filed) {
        if (created >= now - 300) assert.equal(window.file('key', nonce, created, now), 'replayed');
      }
      const alive = filed.filter(([, created]) => created >= now - 360).length;
      assert.ok(window.size <= alive, `${window.size} remembered, ${alive} can still come`);
    }),
  );
});

test('a full window takes no new nonce until minutes have left it', () => {
  const window = new ReplayWindow(60, 2);
  assert.equal(window.file('a', '1', 0, 0), 'fresh');
  assert.equal(window.file('a', '2', 0, 0), 'fresh');
  assert.equal(window.file('a', '3', 0, 0), 'full');
  assert.equal(window.file('a', '1', 0, 0), 'replayed');
  assert.equal(window.file('a', '3', 120, 120), 'fresh');
});
