import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, exact, relative } from './time.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

for (const [iso, expected] of [
  ['2026-11-21T11:59:55.000001Z', 'just now'],
  ['2026-11-21T11:59:15Z', '45 s ago'],
  ['2026-11-21T11:12:00Z', '48 min ago'],
  ['2026-11-21T02:00:00Z', '10 h ago'],
  ['2026-11-01T12:00:00Z', '20 d ago'],
  ['2026-01-02T12:00:00Z', '2026-01-02'],
  ['2026-11-21T12:05:00Z', 'in 5 min'],
  ['nonsense', 'at an unknown time'],
] as const) {
  test(`${iso} is read as "${expected}" at noon`, () => assert.equal(relative(iso, now), expected));
}

test('the exact time keeps its microseconds', () => {
  assert.match(exact('2026-11-21T03:04:05.123456Z'), /2026-11-21 03:04:05\.123456 UTC/);
});

for (const [micros, expected] of [
  [850, '850 µs'],
  [12_400, '12 ms'],
  [3_400_000, '3.4 s'],
  [7_300_000_000, '2 h'],
] as const) {
  test(`${micros} microseconds are ${expected}`, () => assert.equal(duration(micros), expected));
}
