import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginning } from './beginning.ts';

test('text of about two lines stands whole', () => {
  assert.equal(beginning('x'.repeat(220)), undefined);
  assert.equal(beginning('x'.repeat(221))?.length, 180);
});

test('a long text is cut at the end of a word where one is near', () => {
  assert.equal(beginning(`${'x'.repeat(170)} ${'y'.repeat(100)}`), 'x'.repeat(170));
  assert.equal(beginning(`x ${'y'.repeat(300)}`)?.length, 180);
});

test('no character is cut in two', () => {
  assert.ok(beginning(`x${'😀'.repeat(200)}`)?.isWellFormed());
});
