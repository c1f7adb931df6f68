import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenBuckets } from './token-buckets.ts';

test('a key may spend its burst at once, then waits until it has paid what it overspent', () => {
  const buckets = new TokenBuckets(10, 100);
  buckets.spend('a', 140, 0);
  assert.equal(buckets.wait('a', 0), 4);
  assert.equal(buckets.wait('b', 0), 0);
  assert.equal(buckets.wait('a', 3.5), 1);
  assert.equal(buckets.wait('a', 4.1), 0);
});

test('over any time nobody spends more than the burst, the rate and one submission', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.float({ min: 0, max: 10, noNaN: true }), fc.integer({ min: 1, max: 50 }))),
      steps => {
        const buckets = new TokenBuckets(10, 100);
        let now = 0;
        let spent = 0;
        for (const [passed, tokens] of steps) {
          now += passed;
          if (buckets.wait('a', now) > 0) continue;
          buckets.spend('a', tokens, now);
          spent += tokens;
        }
        assert.ok(spent <= 100 + now * 10 + 50 + 1e-6, `${spent} in ${now} s`);
      },
    ),
  );
});

test('buckets that are full again are forgotten', () => {
  const buckets = new TokenBuckets(10, 100);
  buckets.spend('a', 50, 0);
  buckets.spend('b', 90, 0);
  buckets.sweep(6);
  assert.equal(buckets.size, 1);
});
