import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SentSignal } from '@picket/native';
import { HeldUp } from './held-up.ts';

const boot = 1_700_000_000_000_000;
const sender = { pid: 41, startTicks: 7, name: 'kill' };
const sent = (seconds: number): SentSignal => ({
  signal: 19,
  bootMicros: seconds * 1e6,
  uid: 0,
  sender,
  parent: sender,
});

/** Looks every two seconds; each sender is named by how many were asked for before. */
function watched() {
  let asked = 0;
  const held = new HeldUp(2_000, 0, ({ signal }) => ({ signal, atMicros: asked++, lineage: [] }));
  const look = (seconds: number, stop?: SentSignal) =>
    held.look({ steadyMillis: seconds * 1000, now: boot + seconds * 1e6, boot, stop });
  const read = (seconds: number) => held.read(boot + seconds * 1e6);
  return { held, look, read, asked: () => asked };
}

test('a timer that is much too late means that the agent could not run; a little late is a busy host', () => {
  const { held, look, read } = watched();
  assert.equal(look(2), false);
  assert.equal(look(4.9), false);
  assert.equal(look(46.9), false);
  read(47);
  assert.equal(look(48.9), true);
  assert.deepEqual(held.told, { micros: 40_000_000, by: null });
  assert.equal(look(50.9), false);
});

test('who did it is asked for when events up to the signal have been read, and told when those up to now have', () => {
  const { held, look, read, asked } = watched();
  look(2);
  assert.equal(look(44, sent(3)), false);
  read(2.5);
  assert.equal(asked(), 0);
  read(3);
  assert.equal(asked(), 1);
  assert.equal(look(46, sent(3)), false, 'what came later waits in the ring');
  read(44.1);
  assert.equal(look(48, sent(3)), true);
  assert.deepEqual(held.told, { micros: 40_000_000, by: { signal: 19, atMicros: 0, lineage: [] } });
});

test('where nothing happens it is told after a while all the same', () => {
  const { held, look } = watched();
  look(44, sent(3));
  assert.deepEqual(
    [46, 48, 50].map(at => look(at, sent(3))),
    [false, false, true],
  );
  assert.equal(held.told.by?.signal, 19);
});

test('what is not told when the agent ends is told then', () => {
  const { held, look, read } = watched();
  held.settle();
  assert.deepEqual(held.told, { micros: 0, by: null });
  look(44, sent(3));
  read(40);
  held.settle();
  assert.deepEqual(held.told, { micros: 42_000_000, by: { signal: 19, atMicros: 0, lineage: [] } });
});

test('that events of another stall were read says nothing of this one', () => {
  const { look, read } = watched();
  look(2);
  read(1_000);
  look(44, sent(3));
  assert.equal(look(46, sent(3)), false);
});

test('a stop before the time it was held up did not do it; one that is not told yet outlives another delay', () => {
  const { held, look, read, asked } = watched();
  look(2);
  look(44, sent(1));
  assert.equal(look(47.5, sent(45)), false);
  read(48);
  assert.equal(look(49.5, sent(45)), true);
  assert.equal(held.told.micros, 40_000_000 + 1_500_000);
  assert.equal(held.told.by?.signal, 19);
  assert.equal(asked(), 1);
  look(97, sent(45));
  read(98);
  assert.equal(look(99, sent(45)), true);
  assert.equal(held.told.by, null);
});
