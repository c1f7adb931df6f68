import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { memoryAnalysisStore } from '../adapters/analysis-store/memory.ts';
import { defaultPolicy } from '../domain/baselines/policy.ts';
import { Checkpoints } from './checkpoints.ts';
import { analysisMetrics } from './metrics.ts';
import { Residents } from './residents.ts';

const everyMillis = 1_000;

/** A clock that only this test moves, and how many checkpoints were written; each takes `lasts` milliseconds of it. */
async function watched(run: (place: { pass(): void; tick(): Promise<void>; written(): number }) => Promise<void>) {
  let now = 0;
  const clock = mock.method(performance, 'now', () => now);
  mock.timers.enable({ apis: ['setInterval'] });
  const store = memoryAnalysisStore(new Set());
  let written = 0;
  const residents = new Residents(defaultPolicy);
  const checkpoints = new Checkpoints({
    store: {
      ...store,
      async checkpoint() {
        now += 500;
        written++;
      },
    },
    residents,
    log: pino({ level: 'silent' }),
    metrics: analysisMetrics(new Registry(), residents),
    everyMillis,
    epochs: new Map(),
    lost: () => undefined,
  });
  let offset = 0;
  try {
    checkpoints.start(async () => undefined);
    await run({
      pass() {
        checkpoints.enter();
        checkpoints.passed([{ position: { partition: 0, offset: offset++ } }]);
      },
      async tick() {
        now += everyMillis;
        mock.timers.tick(everyMillis);
        await new Promise(resolve => setImmediate(resolve));
      },
      written: () => written,
    });
    await checkpoints.close();
  } finally {
    mock.timers.reset();
    clock.mock.restore();
  }
}

test('while deliveries come, the next checkpoint waits twenty times as long as the last one took', () =>
  watched(async ({ pass, tick, written }) => {
    pass();
    await tick();
    assert.equal(written(), 1);
    for (let second = 0; second < 9; second++) {
      pass();
      await tick();
    }
    assert.equal(written(), 1);
    for (let second = 0; second < 2; second++) {
      pass();
      await tick();
    }
    assert.equal(written(), 2);
  }));

test('what was learned last is written once nothing comes any more', () =>
  watched(async ({ pass, tick, written }) => {
    pass();
    await tick();
    pass();
    await tick();
    assert.equal(written(), 1);
    await tick();
    assert.equal(written(), 2);
  }));
