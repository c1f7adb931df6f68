/** A disk that is really full: a small tmpfs, which takes root to mount; skipped without. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Spool } from './spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-full-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'picket', folder]).status === 0;
after(() => {
  if (mounted) spawnSync('umount', [folder]);
  rmdirSync(folder);
});

test('a full disk is survived, and the spool goes on as soon as there is room', { skip: !mounted }, () => {
  let streams = 0;
  const open = () =>
    new Spool({
      folder: join(folder, 'spool'),
      capacity: 2 ** 20,
      boot: 'ab'.repeat(16),
      newStream: () => String(++streams).padStart(16, '0'),
      lose: name => assert.fail(`lost: ${name}`),
    });
  const spool = open();
  const other = join(folder, 'other');
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
