import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blindWords, isBlindness } from './blind-words.ts';

test('each reason for being blind has words, one of a newer server too', () => {
  assert.equal(blindWords('sensor.silent').what, 'Not heard');
  assert.equal(blindWords('sensor.brand-new').what, 'sensor.brand-new');
  assert.deepEqual([isBlindness('sensor.silent'), isBlindness('file.cron-write')], [true, false]);
});
