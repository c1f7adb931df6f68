import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { micros } from '../domain/events/ids.ts';
import { instantOf, microsOf } from './instant.ts';

test('a moment keeps its microseconds as text and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), time => {
      assert.equal(microsOf(instantOf(micros(time))), time);
    }),
  );
  assert.equal(instantOf(micros(1_800_000_000_000_001)), '2027-01-15T08:00:00.000001Z');
});

test('any RFC 3339 form is read; what is finer than microseconds is cut', () => {
  assert.equal(microsOf('2027-01-15T09:00:00.1+01:00'), 1_800_000_000_100_000);
  assert.equal(microsOf('2027-01-15T08:00:00.1234567Z'), 1_800_000_000_123_456);
  assert.equal(microsOf('2027-01-15T08:00Z'), 1_800_000_000_000_000);
});

test('moments sort as text', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (a, b) => {
      assert.equal(instantOf(micros(a * 1000)) < instantOf(micros(b * 1000)), a < b);
    }),
  );
});
