/** The analysis alone in a process, for a test that kills it: `node run.kill.ts BUS-FOLDER POSTGRES-URL`. SIGTERM ends it in order. */

import { pino } from 'pino';
import { Registry } from 'prom-client';
import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { runAnalysis } from './run.ts';

const [folder, url] = process.argv.slice(2) as [string, string];
const log = pino({ level: 'error' }, process.stderr);
const bus = await LogBus.open({ folder, groups: { events: ['analysis'], 'dead-letter': [] }, reserveBytes: 0 }, log);
const store = postgresAnalysisStore({ url });
// Small deliveries and many checkpoints: a kill hits all places.
const service = await runAnalysis(
  { checkpointMillis: 15, maxBytes: 2_000 },
  { bus, decoder: plainDecoder(), store, log, metrics: new Registry() },
);

process.once('SIGTERM', async () => {
  await service.close();
  await bus.close();
  await store.close();
});
