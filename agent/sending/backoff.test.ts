import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoff, retryAfter } from './backoff.ts';

const bounds = { firstMillis: 250, largestMillis: 15_000 };

test('the wait doubles up to its bound, and two agents rarely wait the same', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 100].map(failures => backoff(failures, 0, bounds)),
    [125, 250, 500, 7500, 7500],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const wait = backoff(failures, random, bounds);
        assert.ok(wait >= 125 && wait <= 15_000);
      },
    ),
  );
  assert.notEqual(backoff(3, 0.1, bounds), backoff(3, 0.9, bounds));
});

test('Retry-After is read as seconds or as a date, never negative, never longer than an hour', () => {
  const now = Date.parse('Fri, 21 Nov 2026 03:00:00 GMT');
  const cases: [string | undefined, number | undefined][] = [
    ['2', 2000],
    ['0', 0],
    ['Fri, 21 Nov 2026 03:00:05 GMT', 5000],
    ['Fri, 21 Nov 2026 02:00:00 GMT', 0],
    ['999999', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [header, millis] of cases) assert.equal(retryAfter(header, now), millis, header);
});
