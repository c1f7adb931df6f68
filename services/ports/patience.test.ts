import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from './patience.ts';
import { Pulse } from './pulse.ts';

class Away extends Error {}

/** What was told, and what waits for a store that gives each of these errors before it answers. */
function patienceWith(pulse = new Pulse(), signal = new AbortController().signal) {
  const told: string[] = [];
  const awaited = {
    reason: (error: unknown) => (error instanceof Away ? error.message : undefined),
    begun: (reason: string) => void told.push(reason),
    over: () => void told.push('over'),
  };
  return { told, patience: new Patience(awaited, signal, pulse) };
}

const failing =
  (...errors: Error[]) =>
  async () => {
    const error = errors.shift();
    if (error) throw error;
    return 'an answer';
  };

test('who waits for a store for ten minutes is well; one attempt that does not end is not', async () => {
  let now = 0;
  const pulse = new Pulse(() => now);
  const { patience } = patienceWith(pulse);
  const troubles: (string | undefined)[] = [];
  const attempt = (millis: number) => async () => {
    now += millis;
    troubles.push(pulse.trouble());
    if (troubles.length < 3) throw new Away('nobody there');
  };
  pulse.beat();
  await patience.until(attempt(200_000));
  assert.deepEqual(troubles, [undefined, undefined, undefined]);
  await patience.until(attempt(300_000));
  assert.match(troubles[3]!, /no sign of life for 300 s/);
});

test('each reason is told once, and that it is over; what waiting does not help comes at once', async () => {
  const { told, patience } = patienceWith();
  assert.equal(await patience.until(failing()), 'an answer');
  assert.deepEqual(told, []);
  assert.equal(await patience.until(failing(new Away('down'), new Away('down'), new Away('full'))), 'an answer');
  assert.deepEqual(told, ['down', 'full', 'over']);
  await assert.rejects(patience.until(failing(new TypeError('a mistake'))), TypeError);
  assert.deepEqual(told, ['down', 'full', 'over']);
});

test('who closes waits no longer', async () => {
  const closing = new AbortController();
  const { told, patience } = patienceWith(new Pulse(), closing.signal);
  const waiting = patience.until(async () => {
    closing.abort(new Error('closing'));
    throw new Away('down');
  });
  await assert.rejects(waiting, { name: 'AbortError' });
  assert.equal(patience.isOver, true);
  assert.deepEqual(told, ['down']);
});
