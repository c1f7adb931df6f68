import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { startPostgres } from '../adapters/control-store/postgres.fixture.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { endpoints, held, lastSequence, message, spawnAnalysis, withEndpoints } from './story.fixture.ts';

const batches = 150;

/** Runs the analysis to the end of the bus, killed after so many changes of alerts each time; gives what the store holds then. */
async function play(url: string, kills: readonly number[]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-analysis-kill-'));
  const bus = await LogBus.open(
    { folder, groups: { events: ['analysis'] }, reserveBytes: 0 },
    pino({ level: 'silent' }),
  );
  const [endpoint] = endpoints(1) as [string];
  await bus.publish(
    'events',
    Array.from({ length: batches }, (_, i) => message(endpoint, i)),
  );
  await bus.close();
  const client = await withEndpoints(url, [endpoint]);
  const changes = on(client, 'notification');

  for (const after of kills) {
    const child = spawnAnalysis(folder, url);
    for (let seen = 0; seen < after; seen++) await changes.next();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const child = spawnAnalysis(folder, url);
  const last = `SELECT max(last_sequence)::integer AS sequence FROM alerts`;
  while ((await client.query(last)).rows[0].sequence !== lastSequence(batches)) await changes.next();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);

  const result = await held(client);
  await client.end();
  await rm(folder, { recursive: true });
  return result;
}

test('killed again and again, the analysis has learned and recorded in the end what one that never was killed has', async () => {
  const server = await startPostgres();
  try {
    const undisturbed = await play(await server.database(), []);
    assert.deepEqual(await play(await server.database(), [1, 9, 2, 17]), undisturbed);
  } finally {
    await server.close();
  }
});
