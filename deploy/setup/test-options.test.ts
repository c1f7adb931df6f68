import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTestOptions, ringNames } from './test-options.mjs';

test('all rings are run where none is named', () => {
  assert.deepEqual(readTestOptions([]), { rings: ringNames, only: '', help: false });
  assert.deepEqual(readTestOptions(['e2e', '--only', 'crash']), { rings: ['e2e'], only: 'crash', help: false });
});

test('a ring that is not there and an option that is none are told, not run', () => {
  assert.deepEqual(readTestOptions(['e2e', 'nonsense']), {
    error: 'unit, contract, e2e, cluster expected, found nonsense',
  });
  const wrong = readTestOptions(['--onyl', 'crash']);
  assert.match('error' in wrong ? wrong.error : '', /^Unknown option '--onyl'/);
});
