import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { freePort } from '../engines/free-port.ts';
import { Pulse } from '../ports/pulse.ts';
import { serveMetrics } from './metrics-server.ts';

test('a service whose consumer has been silent for five minutes is unhealthy, with the reason, until it gives a sign', async t => {
  let now = 1_000;
  const pulse = new Pulse(() => now);
  const port = await freePort();
  const server = await serveMetrics('127.0.0.1', port, new Registry(), () => pulse.trouble());
  t.after(() => server.close());
  const health = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    return [response.status, await response.json()];
  };
  const well = [200, { status: 'ok' }];
  now += 3_600_000;
  assert.deepEqual(await health(), well, 'it has not begun');
  pulse.beat();
  now += 299_000;
  assert.deepEqual(await health(), well);
  now += 1_000;
  const reason = 'the consumer of the bus has given no sign of life for 300 s';
  assert.deepEqual(await health(), [503, { status: 'unhealthy', reason }]);
  pulse.beat();
  assert.deepEqual(await health(), well);
});
