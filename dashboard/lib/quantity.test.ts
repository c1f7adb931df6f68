import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, percent, plural, quantity } from './quantity.ts';

test('counts are grouped, and shortened from a hundred thousand on', () => {
  assert.deepEqual([0, 999, 12_345, 123_456, 2_345_678].map(quantity), ['0', '999', '12,345', '123 k', '2.3 M']);
});

test('sizes are in binary units', () => {
  assert.deepEqual([0, 512, 3500, 54_525_952].map(bytes), ['0 B', '512 B', '3.4 KiB', '52 MiB']);
});

test('a small chance is never rounded to none', () => {
  assert.deepEqual([0, 0.000001, 0.0004, 0.0213, 0.5, 1].map(percent), [
    '0 %',
    'under 0.01 %',
    '0.04 %',
    '2.1 %',
    '50 %',
    '100 %',
  ]);
});

test('one is singular', () => assert.deepEqual([plural(1, 'host'), plural(0, 'host')], ['1 host', '0 hosts']));
