import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, epoch, first, reasons, running, type Step, second, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'the ring was full',
    steps: [first, { at: 10, fields: { losses: [{ name: 'ring.full', count: 9 }] } }],
    finds: { 'sensor.loss': /^9 events were lost: the buffer between kernel and agent was full$/ },
  },
  {
    why: 'a counter that stands still',
    steps: [
      { at: 0, fields: { heartbeat: running, losses: [{ name: 'spool.full', count: 9 }] } },
      { at: 1, fields: { losses: [{ name: 'spool.full', count: 9 }] } },
    ],
    finds: {},
  },
  {
    why: 'a counter that began anew with the agent',
    steps: [
      { at: 0, fields: { heartbeat: running, losses: [{ name: 'spool.full', count: 9 }] } },
      { at: 1, fields: { losses: [{ name: 'spool.full', count: 4 }] } },
    ],
    finds: { 'sensor.loss': /^4 events/ },
  },
  {
    why: 'cut text, and what is sampled away by design, is not lost',
    steps: [first, { at: 1, fields: { losses: ['args.cut', 'sample.lost'].map(name => ({ name, count: 1e6 })) } }],
    finds: {},
  },
  {
    why: 'a storm in which opens were left out, so that executions were not',
    steps: [
      first,
      {
        at: 10,
        fields: {
          losses: [
            { name: 'shed.open', count: 5000 },
            { name: 'shed.sample', count: 90 },
          ],
        },
      },
    ],
    finds: { 'sensor.loss': /^5000 events were lost: in a storm opens of files were left out$/ },
  },
]);

const counted = (at: number, count: number, name = 'pending.full'): Step => ({
  at,
  fields: { losses: [{ name, count }] },
});

test('a loss that is small in each batch and goes on is told within the minute, once for what was lost', () => {
  const steady = Array.from({ length: 12 }, (_, i) => counted(i + 1, (i + 1) * 30));
  assert.deepEqual(reasons(after([first, ...steady.slice(0, 3)])), []);
  const told = after([first, ...steady.slice(0, 4)])!;
  assert.deepEqual(reasons(told), ['120 events were lost: the map of connections under way was full']);
  assert.deepEqual(told.findings[0]!.blind, { from: epoch, until: epoch + 4 * second, lost: 120 });
  assert.deepEqual(reasons(after([first, ...steady.slice(0, 5)])), []);
  assert.deepEqual(reasons(after([first, ...steady.slice(0, 8)])), reasons(told));
});

test('a little loss a minute is the price of a busy host, and a boot begins anew', () => {
  const slow = Array.from({ length: 10 }, (_, i) => counted(i * 40 + 1, (i + 1) * 45));
  for (let i = 1; i <= slow.length; i++) assert.deepEqual(reasons(after([first, ...slow.slice(0, i)])), [], `${i}`);
  const booted = { ...counted(3, 170), fields: { ...counted(3, 170).fields, bootId: Buffer.alloc(16, 9) } };
  assert.deepEqual(reasons(after([first, counted(1, 90), booted])).length, 1);
  const less = { ...booted, fields: { ...booted.fields, losses: [{ name: 'pending.full', count: 95 }] } };
  assert.deepEqual(reasons(after([first, counted(1, 90), less])), []);
});

test('what only a deliberate act brings about is told from the first on', () => {
  for (const name of ['datagram.untold', 'request.untold'])
    assert.match(reasons(after([first, counted(1, 1, name)]))[0]!, /^1 event was lost/, name);
});

test('executables without a hash are told: a single one that is too large, many that came at once', () => {
  assert.match(
    reasons(after([first, counted(1, 1, 'hash.too-large')]))[0]!,
    /^1 event came incomplete: executables are/,
  );
  assert.deepEqual(reasons(after([first, counted(1, 100, 'hash.crowded')])), []);
  assert.match(reasons(after([first, counted(1, 101, 'hash.crowded')]))[0]!, /^101 events came incomplete: more new/);
  assert.deepEqual(reasons(after([first, counted(1, 1000, 'hash.unknown')])), []);
});

test('what may have hidden something is told as incomplete, not as lost', () => {
  const seen = after([first, counted(1, 31, 'environment.cut')])!;
  assert.match(reasons(seen)[0]!, /^31 events came incomplete: .*LD_PRELOAD/);
  assert.equal(seen.findings[0]!.blind, undefined);
  assert.deepEqual(reasons(after([first, counted(1, 100, 'waiting.full')])), []);
});
