/** The archive alone: from a bus into a ClickHouse, both run by others. */

import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { setRetention } from '../adapters/clickhouse/retention.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { eventMigrations, migrateClickHouse } from '../adapters/migrations.ts';
import { archiveDefaults, runArchive } from '../archive/run.ts';
import { giveWay } from '../engines/give-way.ts';
import { archiveQueryLimits } from '../ports/event-store.ts';
import { openBus } from './bus.ts';
import { measureAnswers, measureLag } from './bus-metrics.ts';
import { busVariables, clickhouseServer, clickhouseVariables, readEnvironment, variables } from './environment.ts';
import { serveMetrics } from './metrics-server.ts';
import { openService } from './service.ts';

const settings = readEnvironment(
  variables.pick({
    ...clickhouseVariables,
    PICKET_LOG_LEVEL: true,
    PICKET_METRICS_LISTEN: true,
    PICKET_METRICS_PORT: true,
    ...busVariables,
    PICKET_EVENT_RETENTION_DAYS: true,
  }),
);
await using service = openService('archive', settings.PICKET_LOG_LEVEL);
const { log, metrics, running } = service;
giveWay();

const clickhouse = clickhouseServer(settings);
await migrateClickHouse(clickhouse, eventMigrations(), log);
await setRetention(clickhouse, settings.PICKET_EVENT_RETENTION_DAYS);
const store = openEventStore(clickhouse, archiveQueryLimits);
running.defer(() => store.close());
const bus = await openBus(settings, log);
running.defer(() => bus.close());
measureAnswers(bus, metrics);
measureLag(bus, metrics);
// Alone in its process it has room for blocks twice as large, which the store merges half as often.
const archive = await runArchive(
  { ...archiveDefaults, maxRows: 2 * archiveDefaults.maxRows, retentionDays: settings.PICKET_EVENT_RETENTION_DAYS },
  { bus, decoder: plainDecoder(), store, log, metrics },
);
running.defer(() => archive.close());
const { PICKET_METRICS_LISTEN: address, PICKET_METRICS_PORT: port } = settings;
const server = await serveMetrics(address, port, metrics, () => archive.trouble());
running.defer(() => server.close());

await service.untilStopped();
