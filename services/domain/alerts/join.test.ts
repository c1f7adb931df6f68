import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamId } from '../events/ids.ts';
import { type AlertState, after, type Joined, join, streamsKept } from './join.ts';

const stream = 'aaaaaaaaaaaaaaaa' as StreamId;
const finding = { stream, sequence: 10 };
const open: AlertState = { status: 'open', verdict: undefined, lastStream: stream, lastSequence: 9, earlier: [] };
const closed = { ...open, status: 'closed' } as const;

const table: [string, AlertState | undefined, Joined][] = [
  ['the first finding creates the alert', undefined, 'created'],
  ['a later one counts', open, 'counted'],
  ['the same one again changes nothing', { ...open, lastSequence: 10 }, 'replayed'],
  ['an earlier one again changes nothing', { ...open, lastSequence: 11 }, 'replayed'],
  ['another stream numbers anew', { ...open, lastStream: 'bbbbbbbbbbbbbbbb', lastSequence: 999 }, 'counted'],
  ['an alert that somebody works on counts', { ...open, status: 'in_progress' }, 'counted'],
  ['closed as benign: it only counts', { ...closed, verdict: 'benign' }, 'counted'],
  ['closed as false positive: it only counts', { ...closed, verdict: 'false_positive' }, 'counted'],
  ['closed as true positive: it is back', { ...closed, verdict: 'true_positive' }, 'reopened'],
  ['closed as true positive, replayed: nothing', { ...closed, verdict: 'true_positive', lastSequence: 10 }, 'replayed'],
];

for (const [why, alert, joined] of table) {
  test(`joining: ${why}`, () => {
    assert.equal(join(alert, finding), joined);
    assert.equal(join(after(alert, finding, joined), finding), 'replayed', 'whatever it did, it does it once');
  });
}

test('an older stream that is replayed behind a newer one is known, also when they took turns', () => {
  const older = 'aaaaaaaaaaaaaaaa' as StreamId;
  const newer = 'bbbbbbbbbbbbbbbb' as StreamId;
  const story: [StreamId, number, Joined][] = [
    [older, 10, 'created'],
    [newer, 1, 'counted'],
    [older, 10, 'replayed'],
    [older, 11, 'counted'],
    [newer, 1, 'replayed'],
    [older, 9, 'replayed'],
    [newer, 2, 'counted'],
    [older, 11, 'replayed'],
  ];
  let alert: AlertState | undefined;
  for (const [stream, sequence, expected] of story) {
    const joined = join(alert, { stream, sequence });
    assert.equal(joined, expected, `${stream} ${sequence}`);
    alert = after(alert, { stream, sequence }, joined);
  }
});

test('an alert remembers so many streams, those that were counted last', () => {
  const of = (i: number) => ({ stream: i.toString(16).padStart(16, '0') as StreamId, sequence: 7 });
  let alert = after(undefined, of(0), 'created');
  for (let i = 1; i < 100; i++) alert = after(alert, of(i), join(alert, of(i)));
  const known = Array.from({ length: 100 }, (_, i) => i).filter(i => join(alert, of(i)) === 'replayed');
  assert.deepEqual(
    known,
    Array.from({ length: streamsKept }, (_, i) => 100 - streamsKept + i),
  );
});

test('a reopened alert is open and has no verdict', () => {
  assert.deepEqual(after({ ...closed, verdict: 'true_positive' }, finding, 'reopened'), {
    status: 'open',
    verdict: undefined,
    lastStream: stream,
    lastSequence: 10,
    earlier: [],
  });
});
