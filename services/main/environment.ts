/** The environment, read once and checked whole: every wrong variable is named, not only the first. */

import { X509Certificate } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { firstAdminEmail } from '../api/first-start.ts';
import { passwordFault } from '../api/passwords/rules.ts';
import { queryLimits } from '../ports/event-store.ts';
import { fillFromFiles } from './variable-files.ts';

/** sysexits.h EX_CONFIG. */
const badConfiguration = 78;

const port = z.coerce.number().int().min(1).max(65_535);
const days = z.coerce.number().int().min(1).max(3_650);
const proxy = z.union(
  [z.enum(['loopback', 'linklocal', 'uniquelocal']), z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'expected addresses or networks (10.0.0.0/8) with commas between them, or loopback, linklocal, uniquelocal',
);
const level = z.enum(['trace', 'debug', 'info', 'warn', 'error']);

const dataFolder = process.getuid?.() === 0 ? '/var/lib/picket' : join(homedir(), '.local/share/picket');

/** Every variable that Picket reads, with its default. A service takes those it needs. Each may be given as a file (`X_FILE`). */
export const variables = z.object({
  /** Folder of everything that is kept. */
  PICKET_DATA: z.string().min(1).default(dataFolder),
  PICKET_LOG_LEVEL: level.default('info'),
  /** Address that agents and browsers reach. */
  PICKET_LISTEN: z.string().min(1).default('0.0.0.0'),
  PICKET_INGRESS_PORT: port.default(5001),
  /** Where agents submit, as they see it; by default the host that the admin's browser asked for. */
  PICKET_INGRESS_URL: z.url({ protocol: /^https?$/ }).optional(),
  PICKET_DASHBOARD_PORT: port.default(3000),
  /** The API listens on loopback: the dashboard, or an edge, stands before it. */
  PICKET_API_LISTEN: z.string().min(1).default('127.0.0.1'),
  PICKET_API_PORT: port.default(3001),
  /** Of one address, over all routes; a script that adds thousands of endpoints waits as it is told, or has more here. */
  PICKET_API_REQUESTS_PER_MINUTE: z.coerce.number().int().min(60).max(10_000_000).default(3_000),
  /** Edges that add to X-Forwarded-For, by address or network, with commas between them; the dashboard is on loopback. */
  PICKET_TRUSTED_PROXIES: z
    .string()
    .default('loopback')
    .transform(list => list.split(',').map(each => each.trim()))
    .pipe(z.array(proxy).min(1)),
  /** What people type to see the dashboard; with https:// the session cookie is Secure. */
  PICKET_DASHBOARD_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The authority (PEM, one certificate) behind the edge's certificate, where agents have to be told; most often as PICKET_CA_FILE. */
  PICKET_CA: z.string().refine(isOneCertificate, 'expected one certificate in PEM').optional(),
  /** Seed of the key that commands to agents are signed with: 32 bytes, base64url; made at the first start where it is not given. */
  PICKET_COMMAND_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}=?$/, 'expected 32 bytes in base64url')
    .optional(),
  /** Of the first admin, who changes it at the first login; taken while nobody has logged in. Made at the first start where it is not given. */
  PICKET_FIRST_ADMIN_PASSWORD: z
    .string()
    .superRefine((password, context) => {
      const fault = passwordFault(password, { email: firstAdminEmail });
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .optional(),
  PICKET_EVENT_RETENTION_DAYS: days.default(30),
  PICKET_POSTGRES_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  PICKET_CLICKHOUSE_URL: z.url({ protocol: /^https?$/ }),
  PICKET_CLICKHOUSE_USER: z.string().default('default'),
  PICKET_CLICKHOUSE_PASSWORD: z.string().default(''),
  PICKET_CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'expected letters, digits and _')
    .default('picket'),
  /**
   * Name of the ClickHouse cluster over which events are sharded and replicated, from the first start on; without it, or with an
   * empty one, one server holds them.
   */
  PICKET_CLICKHOUSE_CLUSTER: z
    .string()
    .regex(/^([A-Za-z_][A-Za-z0-9_-]{0,63})?$/, 'expected letters, digits, _ and -')
    .transform(name => (name === '' ? undefined : name))
    .optional(),
  /** Memory that one search may take in the event store, MB; a server with many cores needs more for the same search. */
  PICKET_SEARCH_MEMORY_MB: z.coerce
    .number()
    .int()
    .min(100)
    .max(1_000_000)
    .default(queryLimits.memoryBytes / 1e6),
  /** /healthz and /metrics of the archive and the analysis where they run alone. */
  PICKET_METRICS_LISTEN: z.string().min(1).default('127.0.0.1'),
  PICKET_METRICS_PORT: port.default(9464),
  /** `log:///folder`: the durable log, in one process; `kafka://host:port,host:port`: Apache Kafka 4, some of its brokers. */
  PICKET_BUS_URL: z
    .string()
    .refine(
      url => url.startsWith('log:///') || /^kafka:\/\/[^/:,@\s]+:\d+(,[^/:,@\s]+:\d+)*\/?$/.test(url),
      'expected log:///FOLDER or kafka://HOST:PORT[,HOST:PORT…]; a login is given by PICKET_KAFKA_USER and PICKET_KAFKA_PASSWORD',
    ),
  /** Over how many partitions events are spread by endpoint, so at most so many archives and analyses work at once. Not to be changed later. */
  PICKET_KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(1_000).default(12),
  /** Copies of each message in topics that Picket makes; 3 where there are three brokers. */
  PICKET_KAFKA_REPLICATION: z.coerce.number().int().min(1).max(9).default(1),
  /** Events wait so long in Kafka for an archive or analysis that is away; by default 168, and where the topic is there, as it is set. */
  PICKET_KAFKA_RETENTION_HOURS: z.coerce.number().int().min(1).max(87_600).optional(),
  /** After so long an archive or analysis that was not heard of is taken for dead, and its partitions go to the others. */
  PICKET_KAFKA_SESSION_SECONDS: z.coerce.number().int().min(6).max(300).default(30),
  /** Before the names of topics and groups, where others use the same brokers. */
  PICKET_KAFKA_PREFIX: z
    .string()
    .regex(/^[a-z0-9._-]{0,100}$/, 'expected a-z, 0-9, dots, hyphens and underscores')
    .default(''),
  /** TLS to the brokers; with PICKET_KAFKA_CA also without this. */
  PICKET_KAFKA_TLS: z.enum(['true', 'false']).default('false'),
  /** Certificates (PEM) that the brokers' are checked against, instead of the system's; most often as PICKET_KAFKA_CA_FILE. */
  PICKET_KAFKA_CA: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
  /** Login by SCRAM-SHA-512. */
  PICKET_KAFKA_USER: z.string().min(1).optional(),
  PICKET_KAFKA_PASSWORD: z.string().min(1).optional(),
});

export const busVariables = {
  PICKET_BUS_URL: true,
  PICKET_KAFKA_PARTITIONS: true,
  PICKET_KAFKA_REPLICATION: true,
  PICKET_KAFKA_RETENTION_HOURS: true,
  PICKET_KAFKA_SESSION_SECONDS: true,
  PICKET_KAFKA_PREFIX: true,
  PICKET_KAFKA_TLS: true,
  PICKET_KAFKA_CA: true,
  PICKET_KAFKA_USER: true,
  PICKET_KAFKA_PASSWORD: true,
} as const;

export const clickhouseVariables = {
  PICKET_CLICKHOUSE_URL: true,
  PICKET_CLICKHOUSE_USER: true,
  PICKET_CLICKHOUSE_PASSWORD: true,
  PICKET_CLICKHOUSE_DATABASE: true,
  PICKET_CLICKHOUSE_CLUSTER: true,
} as const;

export const clickhouseServer = (settings: Pick<z.output<typeof variables>, keyof typeof clickhouseVariables>) => ({
  url: settings.PICKET_CLICKHOUSE_URL,
  user: settings.PICKET_CLICKHOUSE_USER,
  password: settings.PICKET_CLICKHOUSE_PASSWORD,
  database: settings.PICKET_CLICKHOUSE_DATABASE,
  cluster: settings.PICKET_CLICKHOUSE_CLUSTER,
});

/** Gives the variables that `schema` names, `X` also from the file `X_FILE`, or ends the process with each wrong one on a line. */
export function readEnvironment<S extends z.ZodObject>(
  schema: S,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<S> {
  const result = parseEnvironment(schema, environment);
  if ('settings' in result) return result.settings;
  for (const line of result.errors) process.stderr.write(`${line}\n`);
  process.exit(badConfiguration);
}

export function parseEnvironment<S extends z.ZodObject>(
  schema: S,
  given: NodeJS.ProcessEnv,
): { readonly settings: z.output<S> } | { readonly errors: readonly string[] } {
  const { environment, errors } = fillFromFiles(Object.keys(schema.shape), given);
  const result = schema.safeParse(environment);
  if (result.success && errors.size === 0) return { settings: result.data };
  // Why the file was of no use says more than that the variable is missing.
  const others = (result.error?.issues ?? []).filter(({ path: [name = ''] }) => !errors.has(String(name)));
  return { errors: [...errors.values(), ...environmentErrors(others, environment)] };
}

/** One line a variable: `PICKET_API_PORT=70000: Too big: expected number to be <=65535`. */
function environmentErrors(issues: readonly z.core.$ZodIssue[], environment: NodeJS.ProcessEnv): string[] {
  return issues.map(({ path: [variable = ''], message }) => {
    const name = String(variable);
    const value = environment[name];
    if (value === undefined) return `${name} is not set`;
    return `${name}=${/URL|PASSWORD|_KEY|_CA$/.test(name) ? '…' : value}: ${message}`;
  });
}

function isOneCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0 && text.split('-----BEGIN ').length === 2;
  } catch {
    return false;
  }
}
