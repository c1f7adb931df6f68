/** The analysis alone: from a bus into a PostgreSQL, both run by others. */

import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { controlMigrations, migratePostgres } from '../adapters/migrations.ts';
import { runAnalysis } from '../analysis/run.ts';
import { giveWay } from '../engines/give-way.ts';
import { openBus } from './bus.ts';
import { measureAnswers, measureLag } from './bus-metrics.ts';
import { busVariables, readEnvironment, variables } from './environment.ts';
import { serveMetrics } from './metrics-server.ts';
import { openService } from './service.ts';

const settings = readEnvironment(
  variables.pick({
    PICKET_LOG_LEVEL: true,
    PICKET_METRICS_LISTEN: true,
    PICKET_METRICS_PORT: true,
    PICKET_POSTGRES_URL: true,
    ...busVariables,
  }),
);
await using service = openService('analysis', settings.PICKET_LOG_LEVEL);
const { log, metrics, running } = service;
giveWay();

await migratePostgres(settings.PICKET_POSTGRES_URL, controlMigrations(), log);
const store = postgresAnalysisStore({ url: settings.PICKET_POSTGRES_URL, onIdleError: service.connectionBroke });
running.defer(() => store.close());
const bus = await openBus(settings, log);
running.defer(() => bus.close());
measureAnswers(bus, metrics);
measureLag(bus, metrics);
const analysis = await runAnalysis({}, { bus, decoder: plainDecoder(), store, log, metrics });
running.defer(() => analysis.close());
const { PICKET_METRICS_LISTEN: address, PICKET_METRICS_PORT: port } = settings;
const server = await serveMetrics(address, port, metrics, () => analysis.trouble());
running.defer(() => server.close());

await service.untilStopped();
