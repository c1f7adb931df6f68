/** Picket's cluster as an operator starts it (`npm run cluster`), on free ports, with a data folder of its own. */

import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { freePorts } from '../../bench/measure/free-ports.ts';
import { type Api, logIn } from './api.ts';
import { isRunning } from './processes.ts';
import { until, within } from './until.ts';

const root = join(import.meta.dirname, '../..');

export interface ClusterPlace {
  readonly data: string;
  /** For an agent. */
  readonly config: string;
  readonly ports: {
    readonly https: number;
    readonly http: number;
    readonly dashboard: number;
    readonly ingress: number;
  };
}

export type PartName =
  | 'postgres'
  | 'clickhouse'
  | 'kafka'
  | 'api'
  | 'ingress-1'
  | 'ingress-2'
  | 'analysis-1'
  | 'analysis-2'
  | 'archive'
  | 'dashboard'
  | 'traefik';

/** One process of the cluster. */
export interface ClusterPart {
  /** `undefined` while it is down. */
  pid(): Promise<number | undefined>;
  /** SIGKILL; the cluster starts it again by itself. Resolves when this life of it is over. */
  kill(): Promise<void>;
  /** Resolves when it runs and is ready again in another life than `pid`. */
  back(pid: number | undefined): Promise<void>;
  /** Ends it in order; it stays away until `start`. */
  stop(): Promise<void>;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  /** SIGSTOP and SIGCONT: it is there, and does nothing. The cluster kills it after 40 s of that. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Its log so far. */
  log(): string;
  /** Of a service: what it tells Prometheus. */
  metrics(): Promise<string>;
}

export interface JournalLine {
  readonly part: PartName;
  readonly msg: string;
  /** Of a part that died or did not start. */
  readonly reason?: string;
}

export interface RunningCluster extends ClusterPlace {
  /** Dashboard and API, through Traefik. */
  readonly url: string;
  /** Where agents submit, through Traefik. */
  readonly ingressUrl: string;
  /** The authority's certificate, a file in PEM. */
  readonly ca: string;
  /** While nobody has logged in with it. */
  readonly firstAdmin: { readonly email: string; readonly password: string } | undefined;
  /** Pid of the launcher. */
  readonly launcher: number;
  output(): string;
  /** What it wrote down about its parts so far. */
  journal(): readonly JournalLine[];
  part(name: PartName): ClusterPart;
  /** All processes of the parts that run now. */
  pids(): Promise<number[]>;
  /** Logs in as the first admin, who gets `password` the first time. */
  api(password: string): Promise<Api>;
  /** Ctrl-C; resolves with the exit code when everything has ended. */
  stop(): Promise<number | null>;
  /** SIGKILL to the launcher alone. */
  kill(): Promise<void>;
}

export const firstAdminEmail = 'admin@picket.local';

export async function newClusterPlace(parent = tmpdir()): Promise<ClusterPlace> {
  const data = mkdtempSync(join(parent, 'picket-cluster-'));
  const [https, http, dashboard, ingress] = (await freePorts(4)) as [number, number, number, number];
  return { data, config: join(data, 'monitoringAgent.conf'), ports: { https, http, dashboard, ingress } };
}

export function removeClusterPlace({ data }: ClusterPlace): void {
  rmSync(data, { recursive: true, force: true, maxRetries: 5 });
}

/** Options of `npm run cluster` for this place. */
export const clusterOptions = ({ data, ports }: ClusterPlace): string[] => [
  ...['--data', data, '--host', '127.0.0.1', '--listen', '127.0.0.1'],
  ...Object.entries(ports).flatMap(([door, port]) => [`--${door}-port`, String(port)]),
];

/** Starts it and waits until it says that it runs. This process trusts its authority from then on, beside the system's. */
export async function startCluster(
  place: ClusterPlace,
  { seconds = 180, environment = {} }: { seconds?: number; environment?: NodeJS.ProcessEnv } = {},
): Promise<RunningCluster> {
  const child = fork(join(root, 'deploy/cluster/main.ts'), clusterOptions(place), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', text => (output += text));
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  await until(`"Picket’s cluster is running." in ${place.data}`, seconds, () => {
    if (child.exitCode !== null) throw new Error(`npm run cluster ended with ${child.exitCode}:\n${output}`);
    return output.includes('Ctrl-C stops everything') || undefined;
  }).catch(error => {
    child.kill('SIGKILL');
    throw new Error(`${(error as Error).message}; it printed:\n${output}`, { cause: error });
  });
  const ca = join(place.data, 'edge', 'ca.pem');
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(ca, 'utf8')]);

  let asked = 0;
  const ask = <T>(question: object): Promise<T> => {
    const id = ++asked;
    const answer = new Promise<T>((resolve, reject) => {
      const hear = (message: unknown) => {
        const reply = message as { id: number; result: T; error?: string };
        if (reply.id !== id) return;
        child.off('message', hear);
        if (reply.error === undefined) resolve(reply.result);
        else reject(new Error(reply.error));
      };
      child.on('message', hear);
    });
    child.send({ id, ...question });
    return within(`the cluster to ${JSON.stringify(question)}`, 150, answer);
  };
  const states = () => ask<{ name: PartName; pid?: number; url?: string }[]>({ do: 'parts' });

  const part = (name: PartName): ClusterPart => {
    const pid = async () => (await states()).find(each => each.name === name)?.pid;
    const signal = async (which: NodeJS.Signals) => {
      const now = await pid();
      if (now === undefined) throw new Error(`${name} is down`);
      process.kill(now, which);
      return now;
    };
    return {
      pid,
      async kill() {
        const killed = await signal('SIGKILL');
        await until(`${name} to be gone`, 10, () => !isRunning(killed) || undefined);
      },
      async back(before) {
        await until(`${name} to run again`, 120, async () => {
          const now = await pid();
          return (now !== undefined && now !== before) || undefined;
        });
        // Ready, not only there: the cluster answers so when it has found it to be.
        await ask({ do: 'settled', part: name });
      },
      stop: () => ask({ do: 'stop', part: name }),
      start: () => ask({ do: 'start', part: name }),
      pause: async () => void (await signal('SIGSTOP')),
      resume: async () => void (await signal('SIGCONT')),
      log: () => readFileSync(join(place.data, 'log', `${name}.log`), 'utf8'),
      async metrics() {
        const { url } = (await states()).find(each => each.name === name)!;
        // A connection of its own: the server may be about to close one that was used before.
        const headers = { connection: 'close' };
        return await (await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(60_000) })).text();
      },
    };
  };

  const url = `https://127.0.0.1:${place.ports.https}`;
  const login = /First login\s+(\S+)\s+password (\S+)/.exec(output);
  const firstAdmin = login ? { email: login[1]!, password: login[2]! } : undefined;
  return {
    ...place,
    url,
    ingressUrl: `https://127.0.0.1:${place.ports.ingress}/submit_logs`,
    ca,
    firstAdmin,
    launcher: child.pid!,
    output: () => output,
    journal: () => {
      const file = join(place.data, 'log', 'cluster.log');
      // It begins with the first of them.
      const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
      return lines.map(line => JSON.parse(line) as JournalLine);
    },
    part,
    pids: async () => (await states()).flatMap(({ pid }) => pid ?? []),
    api: async password => {
      const logins = [{ email: firstAdminEmail, password }, ...(firstAdmin ? [firstAdmin] : [])];
      for (const each of logins) {
        const api = await logIn(url, each, password).catch(error => {
          if (!/: 401 /.test(error.message) || each === logins.at(-1)) throw error;
        });
        if (api) return api;
      }
      throw new Error('nobody could log in');
    },
    async stop() {
      child.kill('SIGINT');
      return await within('npm run cluster to end after Ctrl-C', 120, ended);
    },
    async kill() {
      child.kill('SIGKILL');
      await within('npm run cluster to end after SIGKILL', 10, ended);
    },
  };
}
