import assert from 'node:assert/strict';
import { test } from 'node:test';
import { returnPath } from './return-path.ts';

for (const [from, expected, why] of [
  ['/alerts?severity=high', '/alerts?severity=high', 'a page of ours'],
  [null, '/', 'nothing'],
  ['https://evil.example/', '/', 'another site'],
  ['//evil.example/', '/', 'another site without a scheme'],
  ['/\\evil.example', '/', 'a backslash, which browsers take for a slash'],
  ['/login', '/', 'the login itself'],
] as const) {
  test(`after the login, ${why} leads to ${expected}`, () => assert.equal(returnPath(from), expected));
}
