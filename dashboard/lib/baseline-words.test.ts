import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baselineWords } from './baseline-words.ts';

test('an enforced baseline says how surprising something new is', () => {
  assert.equal(
    baselineWords('enforced', 12_400, 0.004),
    'After 12,400 observations, the chance that the next one is something new is 0.4 %, one in 250.',
  );
});

test('a learning baseline claims nothing', () => {
  assert.match(baselineWords('learning', 40, 0.2), /^Learning: after 40 observations, about 20 % .* new\.$/);
});

test('no observation, no number', () => assert.doesNotMatch(baselineWords('learning', 0, 1), /\d/));
