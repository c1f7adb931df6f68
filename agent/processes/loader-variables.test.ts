import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loaderVariables } from './loader-variables.ts';

const table: { why: string; environment: string[]; found: string[] }[] = [
  { why: 'nothing', environment: [], found: [] },
  {
    why: 'the first and the last',
    environment: ['LD_AUDIT=a', 'X=1', 'LD_PRELOAD=b'],
    found: ['LD_AUDIT=a', 'LD_PRELOAD=b'],
  },
  {
    why: 'one beside the other',
    environment: ['LD_LIBRARY_PATH=', 'LD_AUDIT=a'],
    found: ['LD_LIBRARY_PATH=', 'LD_AUDIT=a'],
  },
  {
    why: 'what only looks like it',
    environment: ['LD_PRELOADS=a', 'XLD_AUDIT=b', 'X=LD_AUDIT=c', 'LD_BIND_NOW=1'],
    found: [],
  },
];
for (const { why, environment, found } of table)
  test(`of an environment: ${why}`, () => {
    const text = (variables: string[]) => variables.map(each => `${each}\0`).join('');
    assert.equal(loaderVariables(text(environment)), text(found));
  });

test('one that is not ended is none, and of too many the first 4,096 bytes are kept', () => {
  assert.equal(loaderVariables('X=1\0LD_AUDIT=a'), '');
  assert.equal(loaderVariables('LD_AUDIT=a\0'.repeat(1_000)), 'LD_AUDIT=a\0'.repeat(1_000).slice(0, 4_096));
});
