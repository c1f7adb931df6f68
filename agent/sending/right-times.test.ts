import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { EventBatch, EventKind } from '@picket/proto';
import { withRightTimes } from './right-times.ts';

const boot = 1_800_000_000_000_000;
const batch = {
  endpointId: '00000000-0000-4000-8000-000000000001',
  bootId: Buffer.alloc(16, 1),
  streamId: Buffer.alloc(8, 2),
  firstSequence: 7,
  clock: { wallMicros: boot + 60_000_000, bootMicros: 60_000_000 },
  strings: [Buffer.alloc(0), Buffer.from('/usr/bin/x')],
  processes: { pid: [5], exe: [1] },
  kinds: [EventKind.PROCESS_FORK, EventKind.PROCESS_FORK],
  times: [boot + 1_000_000, 250],
  process: [1, 1],
  count: [1, 1],
  forks: { child: [1, 1] },
};
const packed = (fields: object) => zstdCompressSync(EventBatch.encode(fields).finish());
const unpacked = (body: Uint8Array) => EventBatch.decode(zstdDecompressSync(body));

test('a batch whose host had its clock set since has the times that the clock shows now', () => {
  for (const set of [-600_000_000, 600_000_000]) {
    const moved = unpacked(withRightTimes(packed(batch), boot + set));
    const expected = { ...batch, times: [boot + 1_000_000 + set, 250] };
    const clock = { wallMicros: boot + 60_000_000 + set, bootMicros: 60_000_000 };
    assert.deepEqual(moved, unpacked(packed({ ...expected, clock })));
  }
});

test('a clock that runs as it ran leaves a batch as it is, byte by byte', () => {
  const body = packed(batch);
  for (const drift of [0, 900_000, -900_000]) assert.equal(withRightTimes(body, boot + drift), body);
});

test('of a batch that was made by a clock that runs as it ran nothing is looked at; of one made by another, its own', () => {
  const rubbish = Buffer.from('no batch');
  assert.equal(withRightTimes(rubbish, boot + 900_000, boot), rubbish);
  const moved = unpacked(withRightTimes(packed(batch), boot + 600_000_000, boot));
  assert.equal(moved.times[0], batch.times[0]! + 600_000_000);
});

test('a batch without a clock, and one without events, stay what they are', () => {
  const { clock: _, ...clockless } = batch;
  const body = packed(clockless);
  assert.equal(withRightTimes(body, boot + 600_000_000), body);
  const beat = unpacked(withRightTimes(packed({ ...clockless, ...empty, clock: batch.clock }), boot + 600_000_000));
  assert.deepEqual(beat.times, []);
});

const empty = { kinds: [], times: [], process: [], count: [], forks: null };
