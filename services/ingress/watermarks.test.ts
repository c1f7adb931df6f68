import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import type { EndpointId, StreamId } from '../domain/events/ids.ts';
import { Watermarks } from './watermarks.ts';

const logger = pino({ level: 'silent' });
const endpoint = '018f0000-0000-7000-8000-000000000001' as EndpointId;
const stream = (i: number) => i.toString(16).padStart(16, '0') as StreamId;

async function withFile(run: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-watermarks-'));
  try {
    await run(join(folder, 'watermarks.json'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a watermark covers what lies at or below it, in its stream only, and outlives a restart', async () => {
  await withFile(async file => {
    const before = await Watermarks.open(file, logger);
    before.raise(endpoint, stream(1), 99);
    before.raise(endpoint, stream(1), 50);
    await before.save();
    const after = await Watermarks.open(file, logger);
    assert.deepEqual(
      [99, 100].map(last => after.covers(endpoint, stream(1), last)),
      [true, false],
    );
    assert.equal(after.covers(endpoint, stream(2), 1), false);
  });
});

test('an endpoint that keeps beginning new streams is remembered by its latest ones', async () => {
  await withFile(async file => {
    const watermarks = await Watermarks.open(file, logger);
    for (let i = 0; i < 100; i++) {
      watermarks.raise(endpoint, stream(i), 5);
      watermarks.raise(endpoint, stream(0), i);
    }
    const remembered = Array.from({ length: 100 }, (_, i) => i).filter(i => watermarks.covers(endpoint, stream(i), 1));
    assert.deepEqual(remembered, [0, ...Array.from({ length: 15 }, (_, i) => 85 + i)]);
  });
});

test('steps of one stream run one after the other, those of two streams do not wait for each other', async () => {
  await withFile(async file => {
    const watermarks = await Watermarks.open(file, logger);
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = watermarks.inTurn(endpoint, stream(1), async () => {
      await gate.promise;
      order.push('first');
      throw new Error('this step failed');
    });
    const second = watermarks.inTurn(endpoint, stream(1), async () => order.push('second'));
    await watermarks.inTurn(endpoint, stream(2), async () => order.push('other stream'));
    gate.resolve();
    await assert.rejects(first, /this step failed/);
    await second;
    assert.deepEqual(order, ['other stream', 'first', 'second']);
  });
});

test('a file that is damaged is set aside, and the streams begin anew', async () => {
  await withFile(async file => {
    for (const damaged of ['{"a":3}', '{"a":', '']) {
      await writeFile(file, damaged);
      const watermarks = await Watermarks.open(file, logger);
      assert.equal(watermarks.covers(endpoint, stream(1), 0), false);
      assert.equal(await readFile(`${file}.damaged`, 'utf8'), damaged);
    }
  });
});
