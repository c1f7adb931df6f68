import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loaderVariables } from './loader-variables.ts';

const table: { why: string; environment: string[]; found: string[] }[] = [
  { why: 'nothing', environment: [], found: [] },
  {
    why: 'the first and the last',
    environment: ['LD_AUDIT=a', 'X=1', 'LD_PRELOAD=b'],
    found: ['LD_PRELOAD=b', 'LD_AUDIT=a'],
  },
  {
    why: 'one beside the other',
    environment: ['LD_LIBRARY_PATH=', 'LD_AUDIT=a'],
    found: ['LD_AUDIT=a', 'LD_LIBRARY_PATH='],
  },
  {
    why: 'the last of each, as the loader takes it',
    environment: ['LD_PRELOAD=a', 'LD_LIBRARY_PATH=b', 'LD_AUDIT=c', 'LD_PRELOAD=d', 'LD_LIBRARY_PATH=e', 'LD_AUDIT=f'],
    found: ['LD_PRELOAD=d', 'LD_AUDIT=c', 'LD_AUDIT=f', 'LD_LIBRARY_PATH=e'],
  },
  {
    why: 'behind as many separators, or as long another one, as may be',
    environment: [`LD_LIBRARY_PATH=${'/l'.repeat(60_000)}`, `LD_PRELOAD=${': '.repeat(60_000)}/tmp/x.so`],
    found: ['LD_PRELOAD=:/tmp/x.so', `LD_LIBRARY_PATH=${'/l'.repeat(60_000)}`.slice(0, 32_767)],
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
    assert.equal(loaderVariables(text(environment)).text, text(found));
  });

test('one that is not ended is none, and of too many the first 32 KiB are kept', () => {
  assert.equal(loaderVariables('X=1\0LD_AUDIT=a').text, '');
  const many = loaderVariables('LD_AUDIT=a\0'.repeat(4_000));
  assert.deepEqual(many, { text: 'LD_AUDIT=a\0'.repeat(Math.floor(32_768 / 11)), whole: false });
  const long = (bytes: number) => loaderVariables(`${'LD_PRELOAD='.padEnd(bytes - 1, 'x')}\0`);
  assert.deepEqual(
    [32_768, 32_769].map(bytes => [long(bytes).text.length, long(bytes).whole]),
    [
      [32_768, true],
      [32_768, false],
    ],
  );
});
