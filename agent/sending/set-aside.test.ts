import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setAside } from './set-aside.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-aside-'));
after(() => rmSync(folder, { recursive: true }));

test('the newest sixteen batches that were set aside are kept', () => {
  const common = { stream: 'ab'.repeat(8), boot: '', events: 1, stored: undefined };
  for (let i = 0; i < 20; i++) setAside(folder, { ...common, firstSequence: i, body: Buffer.from(`${i}`) });
  const names = readdirSync(join(folder, 'rejected')).toSorted();
  assert.equal(names.length, 16);
  assert.equal(readFileSync(join(folder, 'rejected', names[0]!), 'utf8'), '4');
});

test('a disk that does not take it is no reason to stop', () => {
  const pending = { stream: 'ab', boot: '', firstSequence: 0, events: 1, body: Buffer.of(1), stored: undefined };
  assert.equal(setAside('/etc/passwd', pending), undefined);
});
