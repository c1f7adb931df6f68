import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { Registry } from 'prom-client';
import { EventStoreUnavailable } from '../ports/event-store.ts';
import { Pulse } from '../ports/pulse.ts';
import { archiveMetrics } from './metrics.ts';
import { Patience } from './patience.ts';

test('an archive that waits for its store for ten minutes is well; one attempt that does not end is not', async () => {
  let now = 0;
  const pulse = new Pulse(() => now);
  const patience = new Patience(pino({ level: 'silent' }), archiveMetrics(new Registry()), pulse);
  const troubles: (string | undefined)[] = [];
  const attempt = (millis: number) => async () => {
    now += millis;
    troubles.push(pulse.trouble());
    if (troubles.length < 3) throw new EventStoreUnavailable('down', 'nobody there');
  };
  pulse.beat();
  await patience.until(attempt(200_000), new AbortController().signal);
  assert.deepEqual(troubles, [undefined, undefined, undefined]);
  await patience.until(attempt(300_000), new AbortController().signal);
  assert.match(troubles[3]!, /no sign of life for 300 s/);
});
