import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { EventBatch, EventKind } from '@picket/proto';
import type { Decoder } from '../../ports/decoder.ts';
import { plainDecoder } from './decoder.ts';
import { remembering } from './remembering.ts';

/** A batch of `events` file openings. */
function batch(firstSequence: number, events = 2): Buffer {
  const each = (value: number) => new Array<number>(events).fill(value);
  return Buffer.from(
    EventBatch.encode({
      endpointId: '018f0000-0000-7000-8000-000000000001',
      bootId: Buffer.alloc(16, 1),
      streamId: Buffer.alloc(8, 2),
      firstSequence,
      strings: [Buffer.alloc(0), Buffer.from('/etc/hosts')],
      kinds: each(EventKind.FILE_OPEN),
      times: each(1),
      process: each(0),
      count: each(1),
      files: { path: each(1) },
    }).finish(),
  );
}

/** A decoder that says how often it really decoded. */
function counted(): { decoder: Decoder; calls(): number } {
  const plain = plainDecoder();
  let calls = 0;
  return {
    decoder: {
      decode: (body, encoding) => {
        calls++;
        return plain.decode(body, encoding);
      },
    },
    calls: () => calls,
  };
}

for (const [what, open] of [
  ['decoder', (limit?: number) => plainDecoder(limit)],
  [
    'decoder that remembers',
    (limit?: number) => remembering(plainDecoder(limit), { readers: 3, events: 100, patienceMs: 1_000 }),
  ],
] as const) {
  test(`a ${what} gives the batch in every encoding, however often it is asked`, async () => {
    const decoder = open();
    const bytes = batch(7);
    for (const [encoding, body] of [
      ['identity', bytes],
      ['zstd', zstdCompressSync(bytes)],
      ['gzip', gzipSync(bytes)],
    ] as const) {
      for (let time = 0; time < 5; time++) {
        const decoded = await decoder.decode(Buffer.from(body), encoding);
        assert.ok(decoded.ok);
        assert.deepEqual([decoded.batch.firstSequence, decoded.batch.length, decoded.bytes], [7, 2, bytes.length]);
      }
    }
  });

  test(`a ${what} refuses with its reason what is no batch, each time`, async () => {
    const decoder = open(1_000);
    const refusals: [body: Buffer, encoding: string, reason: string][] = [
      [Buffer.from('no batch'), 'identity', 'malformed'],
      [zstdCompressSync(Buffer.from('no batch')), 'zstd', 'malformed'],
      [zstdCompressSync(batch(0)).subarray(0, 20), 'zstd', 'bad-encoding'],
      [batch(0), 'gzip', 'bad-encoding'],
      [batch(0), 'brotli', 'bad-encoding'],
      [gzipSync(Buffer.alloc(1_001)), 'gzip', 'too-large'],
      [zstdCompressSync(Buffer.alloc(1_001)), 'zstd', 'too-large'],
      [Buffer.alloc(1_001), 'identity', 'too-large'],
    ];
    for (const [body, encoding, reason] of [...refusals, ...refusals]) {
      const decoded = await decoder.decode(body, encoding);
      assert.equal(decoded.ok ? 'a batch' : decoded.reason, reason);
    }
  });
}

test('what was just decoded is not decoded again for those who ask next, and is forgotten after the last of them', async () => {
  const { decoder, calls } = counted();
  const shared = remembering(decoder, { readers: 3, events: 100, patienceMs: 1_000 });
  const first = await shared.decode(batch(0), 'identity');
  for (let reader = 1; reader < 3; reader++) assert.equal(await shared.decode(batch(0), 'identity'), first);
  assert.equal(calls(), 1);
  await shared.decode(batch(0), 'identity');
  assert.equal(calls(), 2);
});

test('the same bytes in another encoding are another question', async () => {
  const shared = remembering(plainDecoder(), { readers: 3, events: 100, patienceMs: 1_000 });
  assert.equal((await shared.decode(batch(0), 'identity')).ok, true);
  assert.equal((await shared.decode(batch(0), 'gzip')).ok, false);
});

test('no more events are remembered than were allowed: the oldest batch stays until it was waited for long enough', async () => {
  const { decoder, calls } = counted();
  let clock = 0;
  const shared = remembering(decoder, { readers: 9, events: 10, patienceMs: 1_000, now: () => clock });
  for (const [at, body, decodedSoFar] of [
    [0, batch(0, 4), 1],
    [500, batch(4, 4), 2],
    [999, batch(8, 4), 3],
    [999, batch(0, 4), 3],
    [999, batch(8, 4), 4],
    [1_000, batch(8, 4), 5],
    [1_000, batch(8, 4), 5],
    [1_000, batch(4, 4), 5],
    [1_000, batch(0, 4), 6],
    [9_000, batch(12, 11), 7],
    [9_000, batch(12, 11), 8],
  ] as const) {
    clock = at;
    await shared.decode(body, 'identity');
    assert.equal(calls(), decodedSoFar);
  }
});

test('two who ask at the same time both get the batch', async () => {
  const { decoder, calls } = counted();
  const shared = remembering(decoder, { readers: 4, events: 100, patienceMs: 1_000 });
  const ask = () => shared.decode(batch(0), 'identity');
  for (const decoded of await Promise.all([ask(), ask()])) assert.ok(decoded.ok && decoded.batch.length === 2);
  assert.equal(calls(), 2);
  await ask();
  assert.equal(calls(), 2);
});
