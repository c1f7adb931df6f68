import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedQuestion } from './shared-question.ts';

test('who asks while a question is under way shares the next one', async () => {
  const questions: (readonly number[])[] = [];
  const under = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const square = sharedQuestion<number, number>(async keys => {
    questions.push(keys);
    await under[questions.length - 1]!.promise;
    return new Map(keys.filter(key => key > 0).map(key => [key, key * key]));
  });
  const first = [square(1), square(2)];
  await Promise.resolve();
  const second = [square(3), square(-4), square(3)];
  under[0]!.resolve();
  assert.deepEqual(await Promise.all(first), [1, 4]);
  under[1]!.resolve();
  assert.deepEqual(await Promise.all(second), [9, undefined, 9]);
  assert.deepEqual(questions, [
    [1, 2],
    [3, -4],
  ]);
});

test('a question that fails fails for those who shared it, and the next one is asked', async () => {
  let away = true;
  const ask = sharedQuestion<string, string>(async keys => {
    if (away) throw new Error('away');
    return new Map(keys.map(key => [key, key]));
  });
  const both = await Promise.allSettled([ask('a'), ask('b')]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  away = false;
  assert.equal(await ask('a'), 'a');
});
