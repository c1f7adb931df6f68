import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fingerprint, sourceFiles } from './fingerprint.mjs';

const root = mkdtempSync(join(tmpdir(), 'picket-fingerprint-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'room/node_modules'), { recursive: true });
mkdirSync(join(root, 'room/deep'));
writeFileSync(join(root, 'room/a.ts'), 'a');
writeFileSync(join(root, 'room/deep/b.ts'), 'b');
const before = fingerprint(root, ['room']);

test('the same files give the same fingerprint', () => {
  assert.equal(fingerprint(root, ['room']), before);
});

test('what was built or installed does not count', () => {
  writeFileSync(join(root, 'room/node_modules/library.js'), 'anything');
  assert.equal(fingerprint(root, ['room']), before);
  assert.deepEqual(sourceFiles(root, 'room').sort(), ['room/a.ts', 'room/deep/b.ts']);
});

test('another content or another name is another fingerprint', () => {
  writeFileSync(join(root, 'room/a.ts'), 'changed');
  const changed = fingerprint(root, ['room']);
  assert.notEqual(changed, before);
  renameSync(join(root, 'room/a.ts'), join(root, 'room/c.ts'));
  assert.notEqual(fingerprint(root, ['room']), changed);
});

test('a folder that is not there is empty', () => {
  assert.deepEqual(sourceFiles(root, 'gone'), []);
});
