/** A disk that is really full takes root to mount; skipped without. */

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { mountSmallDisk } from './small-disk.fixture.ts';
import { Spool } from './spool.ts';

const disk = mountSmallDisk(256);
after(() => disk?.unmount());

test('a full disk is survived, and the spool goes on as soon as there is room', {
  skip: disk ? false : 'a small disk takes root to mount',
}, () => {
  let streams = 0;
  const open = () =>
    new Spool({
      folder: join(disk!.folder, 'spool'),
      capacity: 2 ** 20,
      boot: 'ab'.repeat(16),
      newStream: () => String(++streams).padStart(16, '0'),
      lose: name => assert.fail(`lost: ${name}`),
    });
  const spool = open();
  const other = join(disk!.folder, 'other');
  writeFileSync(other, Buffer.alloc(100_000));
  const body = Buffer.alloc(10_000, 'x');
  const stored = [];
  for (let i = 0; i < 30; i++) {
    const appended = spool.append(body, 1);
    if (appended.ok) stored.push(appended.stored);
    else assert.match(appended.reason, /ENOSPC/);
  }
  assert.ok(stored.length > 5 && stored.length < 30, `${stored.length}`);
  assert.equal(streams, 2);
  rmSync(other);
  const back = spool.append(body, 1);
  assert.ok(back.ok);
  assert.equal(back.stored.stream, spool.stream);
  spool.close();
  const reopened = open();
  const cursor = reopened.cursor();
  for (const expected of [...stored, back.stored]) assert.deepEqual(cursor.next()?.stored, expected);
  assert.equal(cursor.next(), undefined);
  cursor.close();
  reopened.close();
});
