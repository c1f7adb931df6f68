import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rmdir, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { collect, number, numbered } from '../../ports/bus.contract.ts';
import { BusFull } from '../../ports/bus.ts';
import { LogBus } from './log-bus.ts';

/** A file system of 4 MiB; `undefined` where this user may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    await rmdir(folder);
    return undefined;
  }
}

test('a disk that fills up makes the bus full, keeps what was acknowledged, and is used again when there is room', async t => {
  const disk = await smallDisk();
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  try {
    const open = () =>
      LogBus.open({ folder: join(disk, 'bus'), groups: {}, reserveBytes: 0 }, pino({ level: 'silent' }));
    let bus = await open();
    await writeFile(join(disk, 'ballast'), Buffer.alloc(3 << 20));
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
    await unlink(join(disk, 'ballast'));
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
    execFileSync('umount', [disk]);
    await rmdir(disk);
  }
});
