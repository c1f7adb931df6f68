/**
 * The analysis alone in a process, for tests that kill or freeze it: `node run.kill.ts BUS POSTGRES-URL`. SIGTERM ends it in order.
 * BUS is the folder of a log, or `kafka://HOST:PORT/PREFIX`.
 */

import { pino } from 'pino';
import { Registry } from 'prom-client';
import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { KafkaBus } from '../adapters/kafka-bus/kafka-bus.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import type { Bus } from '../ports/bus.ts';
import { runAnalysis } from './run.ts';
import { kafkaConfig } from './story.fixture.ts';

const [place, url] = process.argv.slice(2) as [string, string];
const log = pino({ level: 'error' }, process.stderr);
const bus: Bus = place.startsWith('kafka:')
  ? await KafkaBus.open(kafkaConfig(place), log)
  : await LogBus.open({ folder: place, groups: { events: ['analysis'], 'dead-letter': [] }, reserveBytes: 0 }, log);
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
