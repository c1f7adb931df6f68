import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Losses } from './losses.ts';

test('counters of the sensor and the agent are one list, without zeros', () => {
  const losses = new Losses(() => ({ 'ring.full': 0, 'record.unknown': 2, 'both.count': 3 }));
  losses.add('spool.full', 7);
  losses.add('both.count');
  assert.deepEqual(losses.all(), { 'record.unknown': 2, 'both.count': 4, 'spool.full': 7 });
});

test('each counter is news once, when it is no longer zero', () => {
  const sensor = { 'ring.full': 0 };
  const losses = new Losses(() => sensor);
  assert.deepEqual(losses.news(), []);
  sensor['ring.full'] = 1;
  losses.add('spool.full');
  assert.deepEqual(losses.news(), ['ring.full', 'spool.full']);
  losses.add('spool.full', 99);
  assert.deepEqual(losses.news(), []);
});
