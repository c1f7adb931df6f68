/** The spool on a disk that loses its power at any moment of any history. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type Chance, Disk } from './power-cut.fixture.ts';
import { Spool, type StoredBatch } from './spool.ts';

const root = mkdtempSync(join(tmpdir(), 'picket-power-'));
after(() => rmSync(root, { recursive: true }));

const [boot, nextBoot] = ['b'.repeat(32), 'c'.repeat(32)];
let folders = 0;
let streams = 0;

const open = (folder: string, of: string) =>
  new Spool({
    folder,
    capacity: 64 * 1024,
    boot: of,
    newStream: () => (++streams).toString(16).padStart(16, '0'),
    lose: () => undefined,
  });

interface Put {
  readonly stored: StoredBatch;
  readonly text: string;
  acknowledged: boolean;
}

/** What an agent does to its spool: a batch of so many bytes, an acknowledgement, an end by kill -9, one in order. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 20, max: 3000 }) },
  { weight: 3, arbitrary: fc.constant('acknowledge' as const) },
  { weight: 1, arbitrary: fc.constantFrom('killed' as const, 'stopped' as const) },
);

/** Lives through the steps; gives every batch that was put, oldest first. */
function live(folder: string, steps: readonly (number | 'acknowledge' | 'killed' | 'stopped')[]): Put[] {
  const all: Put[] = [];
  let spool = open(folder, boot);
  for (const what of steps) {
    if (what === 'acknowledge') {
      const oldest = all.find(({ acknowledged }) => !acknowledged);
      if (!oldest) continue;
      spool.acknowledge(oldest.stored);
      oldest.acknowledged = true;
    } else if (what === 'killed' || what === 'stopped') {
      if (what === 'stopped') spool.close();
      spool = open(folder, boot);
    } else {
      const text = `batch ${all.length} `.padEnd(what, `${all.length}.`);
      const appended = spool.append(Buffer.from(text), 1 + (what % 5));
      assert.ok(appended.ok);
      all.push({ stored: appended.stored, text, acknowledged: false });
    }
  }
  return all;
}

/** xorshift32. */
function chanceOf(seed: number): Chance {
  let state = seed | 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const nameOf = ({ segment }: StoredBatch) => `${String(segment).padStart(12, '0')}.segment`;
const numberOf = ({ stream, firstSequence }: Pick<StoredBatch, 'stream' | 'firstSequence'>) =>
  `${stream}/${firstSequence}`;

test('after a power cut what was synced is read, in order, nothing else than what was put, and no number is given again', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.integer(), (steps, seed) => {
      const [before, left] = [join(root, `${++folders}`), join(root, `${folders}-left`)];
      mkdirSync(before);
      const disk = new Disk(before);
      const all = disk.watch(() => live(before, steps));
      const safe = new Set(disk.safe);
      disk.cut(left, chanceOf(seed));

      const spool = open(left, nextBoot);
      const cursor = spool.cursor();
      const found: { stored: StoredBatch; text: string }[] = [];
      for (let next = cursor.next(); next; next = cursor.next())
        found.push({ stored: next.stored, text: next.body.toString() });

      const put = new Map(all.map((each, place) => [numberOf(each.stored), { ...each, place }]));
      const places = found.map(({ stored, text }) => {
        const known = put.get(numberOf(stored));
        assert.ok(known && known.text === text, `never put: ${numberOf(stored)} ${text.slice(0, 20)}`);
        return known.place;
      });
      assert.deepEqual(
        places,
        [...new Set(places)].toSorted((a, b) => a - b),
      );
      const kept = new Set(places);
      for (const [place, { stored, acknowledged }] of all.entries())
        if (!acknowledged && safe.has(nameOf(stored)))
          assert.ok(kept.has(place), `batch ${place} was synced and is gone`);

      const appended = spool.append(Buffer.from('new'), 1);
      assert.ok(appended.ok);
      assert.ok(!put.has(numberOf(appended.stored)));
      assert.equal(cursor.next()?.body.toString(), 'new');
      cursor.close();
      spool.close();
      for (const folder of [before, left]) rmSync(folder, { recursive: true });
    }),
    { numRuns: 150 },
  );
});

test('a segment that is full, and what an agent that stops leaves, can be taken by no power cut', () => {
  const folder = join(root, 'full');
  mkdirSync(folder);
  const disk = new Disk(folder);
  const all = disk.watch(() => live(folder, [...Array<number>(12).fill(3000), 'stopped']));
  const last = all.at(-1)!.stored.segment;
  assert.ok(last > 2, `${last} segments`);
  for (const { stored } of all) assert.ok(disk.safe.includes(nameOf(stored)), nameOf(stored));
});
