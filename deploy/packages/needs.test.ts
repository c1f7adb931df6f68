import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neededVersions, newest } from './needs.ts';

test('the newest version that is named counts, number by number', () => {
  const text =
    '  0x0010:   Name: GLIBC_2.4  Flags: none\n 0x20: Name: GLIBC_2.34 Flags\n Name: GLIBC_2.2.5\n Name: GLIBCXX_3.4.9\n';
  assert.equal(newest(text, 'GLIBC'), '2.34');
  assert.equal(newest(text, 'GLIBCXX'), '3.4.9');
  assert.throws(() => newest(text, 'CXXABI'), /no program needs a version of CXXABI/);
});

test('of a real program they are those of its libraries', () => {
  const { glibc, glibcxx } = neededVersions([process.execPath]);
  assert.match(glibc, /^2\.\d+$/);
  assert.match(glibcxx, /^3\.4\.\d+$/);
});
