import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `npm run cluster -- [options]

Runs Picket as it runs on many machines, on this one and without containers, until Ctrl-C: Traefik with TLS before
2 ingress, 2 analysis, 1 archive, API and dashboard, on Kafka, PostgreSQL and ClickHouse. What is missing is set up first;
a later start goes on with the same data.

  --host NAME          by which browsers and agents reach this machine; may be repeated, the first is the one that is
                       shown and given to agents (default localhost)
  --https-port PORT    dashboard and API (default 443)
  --http-port PORT     leads to https (default 80)
  --dashboard-port PORT, --ingress-port PORT   the same dashboard and API, and submissions (default 3000, 5001)
  --listen ADDRESS     of Traefik (default: all of this machine)
  --certificate FILE, --key FILE   the certificate that Traefik shows, in PEM, with its chain
                       (default: one of a local authority that is made in the data folder, renewed by itself)
  --ca FILE            the authority of that certificate, where agents do not know it: goes into their configuration
  --no-dashboard       the API alone
  --data DIR           where everything is stored (default /var/lib/picket-cluster as root, else
                       ~/.local/share/picket-cluster)
  --help               this text

CLICKHOUSE_URL names a ClickHouse server to use, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE what belongs to
it; without, the embedded engine runs. PICKET_* variables reach the services, PICKET_EDGE_* and TRAEFIK_* Traefik.
`;

export interface Options {
  readonly data: string;
  /** The first is the public one. */
  readonly hosts: readonly [string, ...string[]];
  readonly listen: string;
  readonly ports: Readonly<Record<Door, number>>;
  /** `undefined`: one of the local authority. */
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
  readonly ca: string | undefined;
  readonly dashboard: boolean;
  readonly help: boolean;
}

/** Where Traefik listens. */
export type Door = 'https' | 'http' | 'dashboard' | 'ingress';

const defaultPorts: Readonly<Record<Door, number>> = { https: 443, http: 80, dashboard: 3000, ingress: 5001 };

export function readOptions(args: readonly string[]): Options | { readonly error: string } {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        host: { type: 'string', multiple: true, default: ['localhost'] },
        'https-port': text,
        'http-port': text,
        'dashboard-port': text,
        'ingress-port': text,
        listen: { type: 'string', default: '' },
        certificate: text,
        key: text,
        ca: text,
        'no-dashboard': flag,
        data: text,
        help: { ...flag, short: 'h' },
      },
    });
    const { certificate, key, ca } = values;
    if ((certificate === undefined) !== (key === undefined))
      return { error: '--certificate and --key belong together: expected both or neither' };
    const port = (door: Door) => portOf(door, values[`${door}-port`]);
    const home = process.getuid?.() === 0 ? '/var/lib/picket-cluster' : join(homedir(), '.local/share/picket-cluster');
    return {
      data: resolve(values.data ?? home),
      hosts: values.host.map(hostOf) as [string, ...string[]],
      listen: values.listen,
      ports: { https: port('https'), http: port('http'), dashboard: port('dashboard'), ingress: port('ingress') },
      certificate: certificate && key ? { certificate: resolve(certificate), key: resolve(key) } : undefined,
      ca: ca && resolve(ca),
      dashboard: !values['no-dashboard'],
      help: values.help,
    };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function portOf(door: Door, given: string | undefined): number {
  if (given === undefined) return defaultPorts[door];
  const port = Number(given);
  if (/^\d+$/.test(given) && port >= 1 && port <= 65_535) return port;
  throw new Error(`--${door}-port: a port from 1 to 65535 expected, ${JSON.stringify(given)} found`);
}

function hostOf(name: string): string {
  if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name) || /^[0-9a-f:]+$/i.test(name)) return name;
  throw new Error(`--host: a name or address without port expected, ${JSON.stringify(name)} found`);
}

/** Names and addresses that the local certificate is for: whoever reaches this machine by one of them is to see no warning. */
export const certificateNames = ({ hosts }: Options, addresses: readonly string[]): string[] => [
  ...new Set([...hosts, 'localhost', hostname(), '127.0.0.1', '::1', ...addresses]),
];

const inUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);

/** What people type, without a path. */
export const publicUrl = ({ hosts, ports }: Options): string =>
  `https://${inUrl(hosts[0])}${ports.https === 443 ? '' : `:${ports.https}`}`;

export const submissionUrl = ({ hosts, ports }: Options): string =>
  `https://${inUrl(hosts[0])}:${ports.ingress}/submit_logs`;
