import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EndpointId, micros } from '../events/ids.ts';
import { Baseline, type BaselineKey } from './baseline.ts';
import { defaultPolicy } from './policy.ts';

const key: BaselineKey = {
  endpoint: '22222222-2222-4222-8222-222222222222' as EndpointId,
  family: 'file',
  program: '/usr/sbin/nginx',
};
const start = 1_760_000_000_000_000;
const minute = 60_000_000;
const at = (minutes: number) => micros(start + minutes * minute);
const fresh = (policy = defaultPolicy) => new Baseline(key, at(0), policy);

/** Three files in each of the minutes, one a quarter of an hour. */
function settled(quarters = 200): Baseline {
  const baseline = fresh();
  for (let i = 0; i < quarters; i++) {
    for (const name of ['a', 'b', 'c']) baseline.observe(`read /etc/nginx/${name}`, at(i * 15), true);
  }
  return baseline;
}

test('a program that repeats itself goes from learning over saturated to enforced', () => {
  const baseline = fresh();
  const phases = new Set<string>();
  for (let i = 0; i < 200; i++) {
    for (const name of ['a', 'b', 'c']) baseline.observe(`read /etc/nginx/${name}`, at(i * 15), true);
    phases.add(baseline.phase);
  }
  assert.deepEqual([...phases], ['learning', 'saturated', 'enforced']);
  assert.equal(baseline.distinct, 3);
  assert.ok(baseline.enforcedAt);
});

test('however often within a day, it is not enforced before the day is over', () => {
  const baseline = fresh();
  for (let i = 0; i < 23 * 60; i++) baseline.observe('read /etc/x', at(i), true);
  assert.equal(baseline.phase, 'saturated');
});

test('a thousand openings in one minute are one occasion', () => {
  const baseline = fresh();
  for (let i = 0; i < 1000; i++) baseline.observe('read /etc/x', micros(start + i * 1000), true);
  assert.equal(baseline.observations, 1);
  assert.equal(baseline.unseenProbability, 1);
});

test('a clock that is set back counts on', () => {
  const baseline = fresh();
  for (const minutes of [0, 5000, 10, 11, 12]) baseline.observe('read /etc/x', at(minutes), true);
  assert.equal(baseline.observations, 5);
});

test('a program that is always new is never enforced', () => {
  const baseline = fresh();
  for (let i = 0; i < 3000; i++) baseline.observe(`read /data${i}/x`, at(i), true);
  assert.equal(baseline.phase, 'learning');
});

test('once enforced, a new value deviates each time and is not learned', () => {
  const baseline = settled();
  assert.equal(baseline.observe('read /etc/shadow', at(9000), true), 'deviates');
  assert.equal(baseline.observe('read /etc/shadow', at(9001), true), 'deviates');
  assert.equal(baseline.observe('read /etc/nginx/a', at(9001), true), 'usual');
});

test('the nearest usual values lie in the same folder', () => {
  const baseline = settled();
  assert.deepEqual(
    baseline.nearest('read /etc/nginx/d', 2).map(({ value }) => value),
    ['read /etc/nginx/a', 'read /etc/nginx/b'],
  );
});

test('what a suspect does is not learned', () => {
  const baseline = fresh();
  assert.equal(baseline.observe('read /etc/x', at(0), false), 'ignored');
  assert.equal(baseline.distinct, 0);
});

test('a folder with many names is learned as a whole, but no sensitive file with it', () => {
  const baseline = fresh();
  for (let i = 0; i < 40; i++)
    baseline.observe(`read /var/cache/app/f${'abcdefghijklmnopqrstuvwxyz'[i % 26]}${i % 7}`, at(i), true);
  assert.deepEqual([...baseline.entries.keys()], ['read /var/cache/app/**']);
  for (let i = 0; i < 40; i++) baseline.observe(`read /etc/app-${i}`, at(i), true);
  assert.equal(baseline.distinct, 41, 'nothing stands for all of /etc');
  for (let i = 0; i < 20; i++) baseline.observe(`read /home/<user>/.ssh/k${i}`, at(i), true);
  assert.equal(baseline.distinct, 61, 'keys are told apart');
});

test('a program that needs too many entries is unbounded: it keeps none and never deviates', () => {
  const baseline = fresh({ ...defaultPolicy, entries: 100 });
  for (let i = 0; i < 200; i++) baseline.observe(`read /etc/x${i}`, at(i), true);
  assert.equal(baseline.unbounded, true);
  assert.equal(baseline.distinct, 0);
  assert.equal(baseline.observe('read /etc/shadow', at(500), true), 'ignored');
});

test('a replaced program learns anew', () => {
  const baseline = settled();
  baseline.relearn(at(9000));
  assert.equal(baseline.phase, 'learning');
  assert.equal(baseline.observe('read /etc/nginx/new', at(9001), true), 'learned');
  assert.ok(baseline.removedEntries.has('read /etc/nginx/a'));
});

test('many deviating folders within minutes are one deviation, and later ones single again', () => {
  const baseline = settled();
  const wide = Array.from({ length: 8 }, (_, i) => baseline.deviatesWidely(`/srv/${i}`, at(9000)));
  assert.deepEqual(wide, [false, false, false, false, false, true, true, true]);
  assert.equal(baseline.deviatesWidely('/srv/9', at(9020)), false);
});

test('a baseline restored from its record goes on like the one that was never stored', () => {
  const value = fc.tuple(
    fc.constantFrom('/var/cache/a', '/etc', '/home/<user>/.ssh', '/srv/x/y'),
    fc.integer({ min: 0, max: 60 }),
  );
  const step = fc.record({ value, minutes: fc.integer({ min: 0, max: 30 }), learn: fc.boolean() });
  const policy = { ...defaultPolicy, enforcedSpan: 0, enforcedMinutes: 3, enforcedBelow: 0.3, entries: 70 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat(300), (steps, cut) => {
      const whole = fresh(policy);
      let stored = fresh(policy);
      let time = 0;
      steps.forEach((each, i) => {
        if (i === cut) stored = Baseline.restore(stored, [...stored.entries].reverse(), policy);
        time += each.minutes;
        const text = `read ${each.value[0]}/f${each.value[1]}`;
        assert.equal(whole.observe(text, at(time), each.learn), stored.observe(text, at(time), each.learn));
      });
      assert.deepEqual(record(stored), record(whole));
    }),
  );
});

function record(baseline: Baseline): unknown {
  const { phase, observations, unseenProbability, activeMinutes, unbounded } = baseline;
  return { phase, observations, unseenProbability, activeMinutes, unbounded, entries: [...baseline.entries].sort() };
}
