import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unseen } from './good-turing.ts';

test('nothing observed: anything is possible', () => {
  assert.deepEqual(unseen(0, 0, 0), { probability: 1, upper: 1 });
});

test('all kinds seen once: the next is most likely new', () => {
  assert.equal(unseen(10, 10, 0).probability, 1);
});

test('all kinds seen often: the bound falls like the rule of three', () => {
  assert.equal(unseen(300, 0, 0).probability, 0);
  assert.ok(Math.abs(unseen(300, 0, 0).upper - 3 / 300) < 0.001);
});

/** A small generator with a seed: the test is the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('over many Zipf-shaped programs the true probability stays under the bound in about 95 of 100', () => {
  const next = random(7);
  const kinds = 400;
  const weights = Array.from({ length: kinds }, (_, i) => 1 / (i + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let held = 0;
  const trials = 400;
  for (let trial = 0; trial < trials; trial++) {
    const counts = new Array<number>(kinds).fill(0);
    const observations = 500;
    for (let i = 0; i < observations; i++) {
      let at = next() * total;
      let kind = 0;
      while (kind < kinds - 1 && at >= weights[kind]!) at -= weights[kind++]!;
      counts[kind]!++;
    }
    const truth = weights.reduce((sum, weight, kind) => (counts[kind] === 0 ? sum + weight : sum), 0) / total;
    const once = counts.filter(count => count === 1).length;
    const twice = counts.filter(count => count === 2).length;
    if (truth <= unseen(observations, once, twice).upper) held++;
  }
  assert.ok(held / trials >= 0.94, `held in ${held} of ${trials}`);
});
