import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResolvedNames } from './resolved.ts';

const one = { pid: 10, startTicks: 5 };
const again = { pid: 10, startTicks: 9 };
const two = { pid: 11, startTicks: 5 };
const address = '\x01\x02\x03\x04';
const hour = 3_600_000_000;

test('an address has the name that the same process asked for last', () => {
  const names = new ResolvedNames();
  names.learn(one, false, 'a.example', [address, '\x05\x06\x07\x08'], 0);
  names.learn(one, false, 'b.example', [address], 1);
  assert.equal(names.nameOf(one, address, 2 * hour), 'b.example');
  assert.equal(names.nameOf(one, '\x05\x06\x07\x08', 2), 'a.example');
  assert.deepEqual([names.nameOf(two, address, 2), names.nameOf(again, address, 2)], ['', '']);
});

test('what the host’s resolver learned is true for all for an hour, and gives way to what a process asked itself', () => {
  const names = new ResolvedNames();
  names.learn(one, true, 'host.example', [address], 0);
  assert.equal(names.nameOf(two, address, hour), 'host.example');
  assert.equal(names.nameOf(two, address, hour + 1), '');
  names.learn(two, false, 'own.example', [address], 3);
  assert.equal(names.nameOf(two, address, 4), 'own.example');
});

test('names are forgotten, the first first, before they fill the memory', () => {
  const names = new ResolvedNames();
  for (let i = 0; i < 20_000; i++) names.learn(one, false, `n${i}`, [`a${i}`], 0);
  assert.deepEqual([names.nameOf(one, 'a0', 0), names.nameOf(one, 'a19999', 0)], ['', 'n19999']);
});
