/** The API alone: over a PostgreSQL and a ClickHouse that others run. */

import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { openControlStore } from '../adapters/control-store/control-store.ts';
import { controlMigrations, eventMigrations, migrateClickHouse, migratePostgres } from '../adapters/migrations.ts';
import { ensureFirstAdmin } from '../api/first-start.ts';
import { runApi } from '../api/run.ts';
import { queryLimits } from '../ports/event-store.ts';
import { commandKeyIn } from './command-key.ts';
import { clickhouseServer, clickhouseVariables, readEnvironment, variables } from './environment.ts';
import { leaveFirstAdmin } from './first-admin.ts';
import { now, openService } from './service.ts';

const settings = readEnvironment(
  variables.pick({
    ...clickhouseVariables,
    PICKET_DATA: true,
    PICKET_LOG_LEVEL: true,
    PICKET_API_LISTEN: true,
    PICKET_API_PORT: true,
    PICKET_API_REQUESTS_PER_MINUTE: true,
    PICKET_SEARCH_MEMORY_MB: true,
    PICKET_TRUSTED_PROXIES: true,
    PICKET_INGRESS_PORT: true,
    PICKET_INGRESS_URL: true,
    PICKET_CA: true,
    PICKET_COMMAND_KEY: true,
    PICKET_FIRST_ADMIN_PASSWORD: true,
    PICKET_POSTGRES_URL: true,
  }),
);
await using service = openService('api', settings.PICKET_LOG_LEVEL);
const { log, metrics, running } = service;

const clickhouse = clickhouseServer(settings);
await migratePostgres(settings.PICKET_POSTGRES_URL, controlMigrations(), log);
await migrateClickHouse(clickhouse, eventMigrations(), log);
const controlStore = openControlStore({ url: settings.PICKET_POSTGRES_URL, onError: service.connectionBroke });
running.defer(() => controlStore.close());
const eventStore = openEventStore(clickhouse, { ...queryLimits, memoryBytes: settings.PICKET_SEARCH_MEMORY_MB * 1e6 });
running.defer(() => eventStore.close());
const commandKey = commandKeyIn(settings.PICKET_DATA, settings.PICKET_COMMAND_KEY);
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
  { controlStore, eventStore, registry: metrics, log, now },
);
running.defer(() => api.close());
const given = settings.PICKET_FIRST_ADMIN_PASSWORD;
if (given === undefined) await leaveFirstAdmin(() => ensureFirstAdmin(controlStore), settings.PICKET_DATA, log);
else await ensureFirstAdmin(controlStore, given);

await service.untilStopped();
