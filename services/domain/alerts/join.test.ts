import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamId } from '../events/ids.ts';
import { type AlertState, after, type Joined, join } from './join.ts';

const stream = 'aaaaaaaaaaaaaaaa' as StreamId;
const finding = { stream, sequence: 10 };
const open: AlertState = { status: 'open', verdict: undefined, lastStream: stream, lastSequence: 9 };
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

test('a reopened alert is open and has no verdict', () => {
  assert.deepEqual(after({ ...closed, verdict: 'true_positive' }, finding, 'reopened'), {
    status: 'open',
    verdict: undefined,
    lastStream: stream,
    lastSequence: 10,
  });
});
