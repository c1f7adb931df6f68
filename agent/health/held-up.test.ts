import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldUp } from './held-up.ts';

test('a timer that is much too late means that the agent could not run; a little late is a busy host', () => {
  const held = new HeldUp(2_000, 0);
  assert.equal(held.look(2_000), 0);
  assert.equal(held.look(4_900), 0);
  assert.equal(held.look(46_900), 40_000);
  assert.equal(held.look(48_900), 0);
  assert.equal(held.micros, 40_000_000);
});
