import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isUninstalling } from './uninstalling.ts';

test('an agent goes for good when a sign was put since it began, not when one was left before', t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-sign-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const sign = join(folder, 'uninstalling');
  assert.equal(isUninstalling(sign), false);
  writeFileSync(sign, '');
  assert.equal(isUninstalling(sign), true);
  utimesSync(sign, new Date(), new Date(Date.now() - 3_600_000));
  assert.equal(isUninstalling(sign), false);
});
