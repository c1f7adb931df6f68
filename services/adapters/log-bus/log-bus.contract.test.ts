import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { mountSmallDisk } from '../../../agent/spool/small-disk.fixture.ts';
import { collect, number, numbered } from '../../ports/bus.contract.ts';
import { BusFull } from '../../ports/bus.ts';
import { LogBus } from './log-bus.ts';

test('a disk that fills up makes the bus full, keeps what was acknowledged, and is used again when there is room', async t => {
  const disk = mountSmallDisk(4 << 10);
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  try {
    const open = () =>
      LogBus.open({ folder: join(disk.folder, 'bus'), groups: {}, reserveBytes: 0 }, pino({ level: 'silent' }));
    let bus = await open();
    disk.leave(1 << 20);
    let acknowledged = 0;
    const large = (i: number) => ({ ...numbered(i), value: new Uint8Array(100_000) });
    await assert.rejects(async () => {
      for (; acknowledged < 100; acknowledged++) await bus.publish('events', [large(acknowledged)]);
    }, BusFull);
    assert.ok(acknowledged > 2);
    await assert.rejects(bus.publish('events', [large(acknowledged)]), BusFull);
    await bus.close();
    bus = await open();
    assert.equal((await bus.stats()).losses['events/torn_bytes'], 0, 'a refused message left something behind');
    disk.clear();
    await bus.publish('events', [large(acknowledged)]);
    await bus.close();
    const again = await open();
    const seen = await collect(again, { topic: 'events', group: 'g', maxBytes: 1 << 20 }, acknowledged + 1);
    assert.deepEqual(
      seen.map(number),
      Array.from({ length: acknowledged + 1 }, (_, i) => i),
    );
    assert.equal((await again.stats()).losses['events/torn_bytes'], 0);
    await again.close();
  } finally {
    disk.unmount();
  }
});
