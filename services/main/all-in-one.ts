/** The whole server in one process: engines and dashboard as its children, the bus as a durable log. What `npm start` runs. */

import { join } from 'node:path';
import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { setRetention } from '../adapters/clickhouse/retention.ts';
import { openControlStore } from '../adapters/control-store/control-store.ts';
import { openEndpointDirectory } from '../adapters/control-store/endpoint-directory.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { remembering } from '../adapters/decoder/remembering.ts';
import { controlMigrations, eventMigrations, migrateClickHouse, migratePostgres } from '../adapters/migrations.ts';
import { runAnalysis } from '../analysis/run.ts';
import { ensureFirstAdmin } from '../api/first-start.ts';
import { runApi } from '../api/run.ts';
import { archiveDefaults } from '../archive/run.ts';
import { startEngines } from '../engines/start.ts';
import { defaultLimits } from '../ingress/config.ts';
import { runIngress } from '../ingress/run.ts';
import { startArchiveThread } from './archive-in-thread.ts';
import { openLog } from './bus.ts';
import { commandKeyIn } from './command-key.ts';
import { startDashboard } from './dashboard.ts';
import { readEnvironment, variables } from './environment.ts';
import { leaveFirstAdmin } from './first-admin.ts';
import { findLauncher } from './launcher.ts';
import { launcherQuestions } from './launcher-questions.ts';
import { now, openService } from './service.ts';

const settings = readEnvironment(
  variables.pick({
    PICKET_DATA: true,
    PICKET_LOG_LEVEL: true,
    PICKET_LISTEN: true,
    PICKET_INGRESS_PORT: true,
    PICKET_INGRESS_URL: true,
    PICKET_CA: true,
    PICKET_COMMAND_KEY: true,
    PICKET_DASHBOARD_PORT: true,
    PICKET_DASHBOARD_URL: true,
    PICKET_API_LISTEN: true,
    PICKET_API_PORT: true,
    PICKET_API_REQUESTS_PER_MINUTE: true,
    PICKET_TRUSTED_PROXIES: true,
    PICKET_EVENT_RETENTION_DAYS: true,
  }),
);
const launcher = findLauncher();
await using service = openService('picket', settings.PICKET_LOG_LEVEL);
const { log, metrics, running } = service;
const data = settings.PICKET_DATA;

launcher?.progress('starting the stores (PostgreSQL, ClickHouse)');
const engines = await startEngines({ dataFolder: data, log });
running.defer(() => engines.close());
const postgres = { url: engines.postgresUrl, onError: service.connectionBroke };
const clickhouse = { ...engines.clickhouse, database: 'picket' };
await Promise.all([
  migratePostgres(postgres.url, controlMigrations(), log),
  migrateClickHouse(clickhouse, eventMigrations(), log),
]);
await setRetention(clickhouse, settings.PICKET_EVENT_RETENTION_DAYS);
const controlStore = openControlStore(postgres);
running.defer(() => controlStore.close());
const directory = openEndpointDirectory(postgres);
running.defer(() => directory.close());
const analysisStore = postgresAnalysisStore({ url: postgres.url, onIdleError: service.connectionBroke });
running.defer(() => analysisStore.close());
const eventStore = openEventStore(clickhouse);
running.defer(() => eventStore.close());
const bus = await openLog(join(data, 'bus'), log);
running.defer(() => bus.close());
// Ingress and analysis ask for every batch, mostly one soon after the other.
const decoder = remembering(plainDecoder(), { readers: 2, events: 131_072, patienceMs: 5_000 });

launcher?.progress('starting ingress, archive, analysis and API');
const commandKey = commandKeyIn(data, settings.PICKET_COMMAND_KEY);
const api = await runApi(
  {
    host: settings.PICKET_API_LISTEN,
    port: settings.PICKET_API_PORT,
    requestsPerMinute: settings.PICKET_API_REQUESTS_PER_MINUTE,
    ingressPort: settings.PICKET_INGRESS_PORT,
    publicIngressUrl: settings.PICKET_INGRESS_URL,
    authority: settings.PICKET_CA,
    commandKey,
    trustedProxies: settings.PICKET_TRUSTED_PROXIES,
  },
  { controlStore, eventStore, registry: metrics, log: log.child({ service: 'api' }), now },
);
running.defer(() => api.close());
const archive = await startArchiveThread(
  { ...archiveDefaults, retentionDays: settings.PICKET_EVENT_RETENTION_DAYS },
  { bus, clickhouse, log },
);
running.defer(() => archive.close());
metrics.add(archive.metrics);
const analysis = await runAnalysis(
  {},
  { bus, decoder, store: analysisStore, log: log.child({ service: 'analysis' }), metrics },
);
running.defer(() => analysis.close());
const ingress = await runIngress(
  {
    host: settings.PICKET_LISTEN,
    port: settings.PICKET_INGRESS_PORT,
    watermarkFile: join(data, 'ingress.watermarks'),
    limits: defaultLimits,
  },
  { bus, decoder, directory, registry: metrics, logger: log.child({ service: 'ingress' }), now },
);
running.defer(() => ingress.close());

// Told before there is a page to log in at: whoever sees the page finds the login.
const makeFirstAdmin = () => ensureFirstAdmin(controlStore);
const firstAdmin = launcher ? await makeFirstAdmin() : undefined;
if (!launcher) await leaveFirstAdmin(makeFirstAdmin, data, log);

launcher?.progress('starting the dashboard');
const dashboard = await startDashboard(
  {
    dataFolder: data,
    address: settings.PICKET_LISTEN,
    port: settings.PICKET_DASHBOARD_PORT,
    apiUrl: api.url,
    publicUrl: settings.PICKET_DASHBOARD_URL,
  },
  log,
);
running.defer(() => dashboard?.close());

launcher?.answer(launcherQuestions(controlStore, commandKey.publicText, now));
launcher?.ready(firstAdmin);
await service.untilStopped();
