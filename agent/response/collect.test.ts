import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { collect, collectLimits } from './collect.ts';

const root = mkdtempSync(join(tmpdir(), 'picket-collect-'));
after(() => rmSync(root, { recursive: true }));

test('a file is told with its owner, rights, times and hash', async () => {
  const content = Buffer.alloc(3_000_000, 'x');
  writeFileSync(join(root, 'file'), content);
  chmodSync(join(root, 'file'), 0o4750);
  utimesSync(join(root, 'file'), 1_700_000_000, 1_600_000_000.5);
  const { outcome, detail, file } = await collect('/file', root);
  assert.deepEqual([outcome, detail], ['done', 'Hashed whole']);
  assert.ok(file);
  assert.equal(file.sha256, createHash('sha256').update(content).digest('hex'));
  assert.deepEqual([file.path, file.type, file.bytes, file.mode], ['/file', 'file', 3_000_000, 0o4750]);
  assert.deepEqual([file.uid, file.gid], [process.getuid!(), process.getgid!()]);
  assert.equal(file.modifiedMicros, 1_600_000_000_500_000);
  assert.ok(file.changedMicros > 1_700_000_000_000_000);
});

test('a link is told as a link and not followed', async () => {
  symlinkSync('/etc/shadow', join(root, 'link'));
  const { outcome, file } = await collect('/link', root);
  assert.deepEqual([outcome, file?.type, file?.target, file?.sha256], ['done', 'link', '/etc/shadow', null]);
});

test('a pipe, on which reading would wait for ever, and a folder are told and not read', async () => {
  execFileSync('mkfifo', [join(root, 'pipe')]);
  assert.equal((await collect('/pipe', root)).file?.type, 'pipe');
  const folder = await collect('/.', root);
  assert.deepEqual([folder.file?.type, folder.file?.sha256], ['folder', null]);
});

test('a file beyond the bounds is told without a hash, and why', async () => {
  writeFileSync(join(root, 'large'), Buffer.alloc(2_000_000));
  const large = await collect('/large', root, { ...collectLimits, bytes: 1_999_999 });
  assert.deepEqual([large.outcome, large.file?.bytes, large.file?.sha256], ['done', 2_000_000, null]);
  assert.equal(large.detail, 'Not hashed: it has more than 1999999 bytes');
  const slow = await collect('/large', root, { ...collectLimits, millis: -1 });
  assert.match(slow.detail, /^Not hashed: it took more than/);
});

test('a file that is written to meanwhile is told so, whatever time its writer gives it afterwards', async () => {
  const file = join(root, 'written');
  writeFileSync(file, Buffer.alloc(2_000_000));
  utimesSync(file, 1_700_000_000, 1_700_000_000);
  const limits = {
    ...collectLimits,
    // Asked for between one piece and the next.
    get bytes() {
      writeFileSync(file, Buffer.alloc(2_000_000, 'y'));
      utimesSync(file, 1_700_000_000, 1_700_000_000);
      return collectLimits.bytes;
    },
  };
  assert.match((await collect('/written', root, limits)).detail, /^It was written to while it was read/);
});

test('a file that is not there is a failure that names it', async () => {
  const { outcome, detail, file } = await collect('/none/at/all', root);
  assert.deepEqual([outcome, detail, file], ['failed', 'There is no file /none/at/all', undefined]);
});
