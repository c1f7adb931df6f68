import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { memoryAnalysisStore } from '../adapters/analysis-store/memory.ts';
import { defaultPolicy } from '../domain/baselines/policy.ts';
import { Checkpoints, quietMillis } from './checkpoints.ts';
import { analysisMetrics } from './metrics.ts';
import { Residents } from './residents.ts';

const everyMillis = 2_000;

interface Place {
  /** A delivery that is passed at once, or when what is returned is called. */
  pass(): void;
  begin(): () => void;
  tick(): Promise<void>;
  written(): number;
}

/** A clock that only this test moves, by a quarter of a second, and how many checkpoints were written; each takes half of one. */
async function watched(run: (place: Place) => Promise<void>) {
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
  const begin = () => {
    checkpoints.enter();
    const message = { key: '', headers: {}, value: new Uint8Array() };
    return () => checkpoints.passed([{ ...message, position: { partition: 0, offset: offset++ } }]);
  };
  try {
    checkpoints.start(async () => undefined);
    await run({
      begin,
      pass: () => begin()(),
      async tick() {
        now += quietMillis;
        mock.timers.tick(quietMillis);
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
    const busy = async (seconds: number) => {
      for (let quarter = 0; quarter < seconds * 4; quarter++) {
        pass();
        await tick();
      }
    };
    await busy(2.25);
    assert.equal(written(), 1);
    await busy(9);
    assert.equal(written(), 1);
    await busy(1.25);
    assert.equal(written(), 2);
  }));

test('a delivery that takes long is no quiet time', () =>
  watched(async ({ begin, pass, tick, written }) => {
    for (let quarter = 0; quarter < 9; quarter++) {
      pass();
      await tick();
    }
    assert.equal(written(), 1);
    const passed = begin();
    for (let quarter = 0; quarter < 12; quarter++) await tick();
    passed();
    assert.equal(written(), 1);
  }));

test('what was learned last is written as soon as nothing comes any more, but no two within the shortest time', () =>
  watched(async ({ pass, tick, written }) => {
    const quarters = async (count: number, comes = false) => {
      for (let quarter = 0; quarter < count; quarter++) {
        if (comes) pass();
        await tick();
      }
    };
    await quarters(8, true);
    assert.equal(written(), 1);
    pass();
    await quarters(5);
    assert.equal(written(), 1);
    await quarters(1);
    assert.equal(written(), 2);
  }));
