/** What the cluster consists of: a list of parts, each a watched process, in an order in which they can start. */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepareClickHouse } from '../../services/engines/clickhouse.ts';
import { freePorts } from '../../services/engines/free-port.ts';
import { prepareKafka } from '../../services/engines/kafka.ts';
import { preparePostgres } from '../../services/engines/postgres.ts';
import { systemPostgres } from '../../services/engines/system-postgres.ts';
import type { ChildSpec } from '../../services/engines/watched-child.ts';
import { dashboardSpec } from '../../services/main/dashboard.ts';
import { kafkaJars } from '../setup/kafka.mjs';
import { type Options, publicUrl, submissionUrl } from './options.ts';
import { servicePart } from './service-part.ts';
import { type EdgeFiles, traefikSpec } from './traefik.ts';

export interface Part {
  readonly name: string;
  /** What has to be ready before it is started. */
  readonly after: readonly string[];
  readonly spec: ChildSpec;
  /** Of a service: where its /healthz and /metrics are. */
  readonly url?: string;
}

const two = [1, 2] as const;

/**
 * Makes what the engines need at their first start. Rejects where a program is missing.
 *
 * @param environment of the launcher: variables of Picket and Traefik in it reach the parts
 */
export async function partsOf(options: Options, edge: EdgeFiles, environment: NodeJS.ProcessEnv): Promise<Part[]> {
  const { data } = options;
  rmSync(firstLoginFile(options), { force: true });
  const ports = await freePorts(14);
  const port = () => ports.pop()!;

  const postgres = await preparePostgres(data, port(), systemPostgres());
  const kafka = await prepareKafka({
    dataFolder: data,
    jars: kafkaJars(),
    port: port(),
    controllerPort: port(),
    // Both analysis services come at about the same time.
    properties: { 'group.initial.rebalance.delay.ms': '500' },
  });
  const clickhouse = clickhouseFor(data, port(), environment);

  const shared = {
    // On one machine more partitions make smaller blocks, which cost the event store more, and nothing faster.
    PICKET_KAFKA_PARTITIONS: '4',
    ...only(environment, /^PICKET_/),
    PICKET_POSTGRES_URL: postgres.url,
    PICKET_BUS_URL: kafka.url,
    ...clickhouse.variables,
  };
  const api = { name: 'api', port: port() };
  const ingress = two.map(number => ({ name: `ingress-${number}`, port: port() }));
  const analysis = two.map(number => ({ name: `analysis-${number}`, port: port() }));
  const archive = { name: 'archive', port: port() };
  const dashboard = { name: 'dashboard', port: port() };
  const stores = ['postgres', ...(clickhouse.part ? ['clickhouse'] : [])];
  const urls = (places: readonly { readonly port: number }[]) => places.map(place => `http://127.0.0.1:${place.port}`);

  return [
    { name: 'postgres', after: [], spec: { ...postgres.spec, orphanSignal: 'SIGINT' as const } },
    ...(clickhouse.part ? [{ name: 'clickhouse', after: [], spec: clickhouse.part }] : []),
    { name: 'kafka', after: [], spec: { ...kafka.spec, orphanSignal: 'SIGTERM' as const } },
    // Its start brings both stores to what the services expect.
    servicePart('api', api, stores, data, {
      ...shared,
      PICKET_API_PORT: String(api.port),
      PICKET_INGRESS_URL: submissionUrl(options),
      ...(edge.ca === undefined ? {} : { PICKET_CA_FILE: edge.ca }),
    }),
    ...ingress.map(place =>
      servicePart('ingress', place, ['api', 'kafka'], data, {
        ...shared,
        PICKET_LISTEN: '127.0.0.1',
        PICKET_INGRESS_PORT: String(place.port),
      }),
    ),
    ...[...analysis.map(place => ({ program: 'analysis', place })), { program: 'archive', place: archive }].map(
      ({ program, place }) =>
        servicePart(program, place, ['api', 'kafka'], data, { ...shared, PICKET_METRICS_PORT: String(place.port) }),
    ),
    ...(options.dashboard
      ? [
          {
            name: 'dashboard',
            after: ['api'],
            spec: dashboardSpec({
              dataFolder: data,
              address: '127.0.0.1',
              port: dashboard.port,
              apiUrl: urls([api])[0]!,
              publicUrl: publicUrl(options),
            }),
          },
        ]
      : []),
    {
      name: 'traefik',
      after: ['api', ...ingress.map(({ name }) => name), ...(options.dashboard ? ['dashboard'] : [])],
      spec: traefikSpec(options, edge, port(), only(environment, /^(PICKET_EDGE|TRAEFIK)_/), {
        PICKET_EDGE_INGRESS: urls(ingress).join(),
        PICKET_EDGE_API: urls([api]).join(),
        PICKET_EDGE_DASHBOARD: options.dashboard ? urls([dashboard]).join() : '',
      }),
    },
  ].map(part => ({ ...part, spec: { ...part.spec, logFile: logFile(options, part.name) } }));
}

export const logFile = ({ data }: Options, part: string): string => join(data, 'log', `${part}.log`);

const firstLoginFile = ({ data }: Options): string => join(data, 'api', 'first-admin');

/** What this start of the API made: it makes another one at each start until somebody has logged in. */
export function firstLogin(options: Options): { email: string; password: string } | undefined {
  try {
    const [email = '', password = ''] = readFileSync(firstLoginFile(options), 'utf8').trim().split(' ');
    return { email, password };
  } catch {
    return undefined;
  }
}

/** The server that the operator named, or the embedded engine as a part. */
function clickhouseFor(data: string, port: number, environment: NodeJS.ProcessEnv) {
  const variables = (url: string, user: string, password: string, database: string) => ({
    PICKET_CLICKHOUSE_URL: url,
    PICKET_CLICKHOUSE_USER: user,
    PICKET_CLICKHOUSE_PASSWORD: password,
    PICKET_CLICKHOUSE_DATABASE: database,
  });
  const { CLICKHOUSE_URL, CLICKHOUSE_USER = 'default', CLICKHOUSE_PASSWORD = '' } = environment;
  const database = environment['CLICKHOUSE_DATABASE'] || 'picket';
  if (CLICKHOUSE_URL) {
    return { part: undefined, variables: variables(CLICKHOUSE_URL, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD, database) };
  }
  const { url, user, password, spec } = prepareClickHouse(data, port);
  return { part: spec, variables: variables(url, user, password, database) };
}

const only = (environment: NodeJS.ProcessEnv, names: RegExp): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => names.test(name))) as Record<string, string>;
