import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHeartbeat } from './heartbeat.ts';

const at = '2026-11-21T12:00:10.000000Z';
const started = Date.parse('2026-11-21T12:00:00Z') * 1000;

test('processor use is the share of one processor since the start', () => {
  assert.equal(readHeartbeat({ cpuMicros: 200_000, startedMicros: started }, at).cpuShare, 0.02);
});

test('64-bit numbers are read from strings too', () => {
  assert.equal(readHeartbeat({ eventsSeen: '12000000000' }, at).eventsSeen, 12_000_000_000);
});

test('members of a wrong type are as good as absent', () => {
  const { rssBytes, hostname, hooks } = readHeartbeat({ rssBytes: {}, hostname: 7, hooks: 'all' }, at);
  assert.deepEqual({ rssBytes, hostname, hooks }, { rssBytes: undefined, hostname: undefined, hooks: [] });
});

test('a hook that is not attached says why', () => {
  const { hooks } = readHeartbeat(
    {
      hooks: [
        { name: 'sys_exit', attached: true },
        { name: 'lsm', reason: 'not built in' },
      ],
    },
    at,
  );
  assert.deepEqual(hooks, [
    { name: 'sys_exit', attached: true, reason: '' },
    { name: 'lsm', attached: false, reason: 'not built in' },
  ]);
});

test('what an old kernel has the sensor do in another way is a list of words', () => {
  assert.deepEqual(readHeartbeat({ fallbacks: ['no folding', 7] }, at).fallbacks, ['no folding']);
  assert.deepEqual(readHeartbeat({ fallbacks: 'no folding' }, at).fallbacks, []);
});
