import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blindParts, lasted, total } from './blind-time.ts';

const at = (minute: number) => new Date(minute * 60_000).toISOString();
const span = (detector: string, began: number, ended: number | null) => ({
  detector,
  beganAt: at(began),
  endedAt: ended === null ? null : at(ended),
});
const minutes = (parts: readonly { from: number; until: number }[]) =>
  parts.map(({ from, until }) => [from / 60_000, until / 60_000]);

const spans = [
  span('sensor.silent', 40, null),
  span('sensor.killed', 10, 14),
  span('sensor.stalled', 12, 20),
  span('sensor.loss', 5, 6),
  span('sensor.stopped', -30, 2),
];

test('times that overlap are counted once, those before are cut, one without an end goes on', () => {
  const parts = blindParts(spans, true, 0, 45 * 60_000);
  assert.deepEqual(minutes(parts), [
    [0, 2],
    [10, 20],
    [40, 45],
  ]);
  assert.equal(total(parts), 17 * 60_000);
});

test('events that were lost do not make a host unseen, and are told apart', () => {
  assert.deepEqual(minutes(blindParts(spans, false, 0, 45 * 60_000)), [[5, 6]]);
});

test('what lies outside is left out', () => {
  assert.deepEqual(blindParts(spans, true, 21 * 60_000, 39 * 60_000), []);
});

test('a time without an end has lasted until now', () => {
  assert.deepEqual([lasted(spans[0]!, 45 * 60_000), lasted(spans[1]!, 0)], [5 * 60_000, 4 * 60_000]);
});
