import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeFilters, readFilters } from './filters.ts';

const spec = { severity: ['low', 'high'], search: 'text' } as const;
const read = (query: string) => readFilters(spec, new URLSearchParams(query));

test('an address gives back its filters', () => {
  assert.deepEqual(read('severity=low,high&search=/etc'), { severity: 'low,high', search: '/etc' });
});

test('a value that is not allowed filters nothing', () => assert.deepEqual(read('severity=low,loud'), {}));
test('a name that is not known is left out', () => assert.deepEqual(read('colour=red'), {}));
test('text is cut at 500 characters', () => assert.equal(read(`search=${'a'.repeat(900)}`).search?.length, 500));

test('a change keeps the other filters and removes emptied ones', () => {
  const address = new URLSearchParams('severity=low&search=x');
  assert.equal(changeFilters(address, { search: '' }), '?severity=low');
  assert.equal(changeFilters(address, { severity: undefined, search: undefined }), '');
  assert.equal(changeFilters(address, { search: 'a&b' }), '?severity=low&search=a%26b');
});
