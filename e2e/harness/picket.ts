/** Picket as a user starts it: `npm start`'s program as a child, on free ports, with a data folder of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../bench/measure/free-ports.ts';
import { isRunning } from './processes.ts';
import { until, within } from './until.ts';

const root = join(import.meta.dirname, '../..');

export interface Place {
  readonly data: string;
  readonly config: string;
  readonly ports: { readonly ingress: number; readonly dashboard: number; readonly api: number };
}

export interface Picket extends Place {
  /** The dashboard's address. */
  readonly url: string;
  readonly apiUrl: string;
  /** As printed at the first start; undefined at later ones. */
  readonly firstAdmin: { readonly email: string; readonly password: string } | undefined;
  /** Pid of the server process. */
  readonly server: number;
  /** All that it has printed so far. */
  output(): string;
  /** Lines of the server's log, parsed. */
  log(): readonly LogLine[];
  /** Ctrl-C; resolves with the exit code when everything has ended. */
  stop(): Promise<number | null>;
  /** SIGKILL to the server process and to what started it: as if the power of the server had gone, engines apart. */
  kill(): Promise<void>;
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly service?: string;
}

/** A data folder, a configuration path and three ports that nobody else has; `removePlace` takes the folder away. */
export async function newPlace(parent = tmpdir()): Promise<Place> {
  const data = mkdtempSync(join(parent, 'picket-e2e-'));
  const [ingress, dashboard, api] = (await freePorts(3)) as [number, number, number];
  return { data, config: join(data, 'monitoringAgent.conf'), ports: { ingress, dashboard, api } };
}

export function removePlace(place: Place): void {
  rmSync(place.data, { recursive: true, force: true, maxRetries: 5 });
}

/** Starts it and waits until it says that it runs. */
export async function startPicket(place: Place, { agent = true, seconds = 120 } = {}): Promise<Picket> {
  const child = spawn(
    process.execPath,
    ['deploy/setup/start.mjs', '--data', place.data, '--config', place.config, ...(agent ? [] : ['--no-agent'])],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PICKET_INGRESS_PORT: String(place.ports.ingress),
        PICKET_DASHBOARD_PORT: String(place.ports.dashboard),
        PICKET_API_PORT: String(place.ports.api),
        PICKET_LISTEN: '127.0.0.1',
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  await until(`"Picket is running." from npm start in ${place.data}`, seconds, () => {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output}`);
    return output.includes('Ctrl-C stops everything') || undefined;
  }).catch(error => {
    child.kill('SIGKILL');
    throw new Error(`${(error as Error).message}; it printed:\n${output}`, { cause: error });
  });
  const server = childOf(child, 'services/main/all-in-one.ts');
  const login = /First login\s+(\S+)\s+password (\S+)/.exec(output);
  return {
    ...place,
    url: `http://127.0.0.1:${place.ports.dashboard}`,
    apiUrl: `http://127.0.0.1:${place.ports.api}`,
    firstAdmin: login ? { email: login[1]!, password: login[2]! } : undefined,
    server,
    output: () => output,
    log: () => logLines(join(place.data, 'log', 'server.log')),
    async stop() {
      child.kill('SIGINT');
      return await within('npm start to end after Ctrl-C', 90, ended);
    },
    async kill() {
      child.kill('SIGKILL');
      process.kill(server, 'SIGKILL');
      await within('npm start to end after SIGKILL', 10, ended);
      // Its ports are free only when it is gone.
      await until('the server to be gone', 30, () => !isRunning(server) || undefined);
    },
  };
}

/** What a full disk cut off is left out. */
function logLines(file: string): LogLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return [JSON.parse(line) as LogLine];
      } catch {
        return [];
      }
    });
}

/** Pid of the child's own child whose command line holds the words. */
export function childOf(parent: ChildProcess, words: string): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, ppid] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      if (Number(ppid) !== parent.pid) continue;
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(words)) return Number(name);
    } catch {
      // It ended while it was looked at.
    }
  }
  throw new Error(`process ${parent.pid} has no child that runs ${words}`);
}
