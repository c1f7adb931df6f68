/** Traefik as a part: deploy/traefik's configuration with this machine's addresses, and no more rights than it needs. */

import {
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type { ChildSpec } from '../../services/engines/watched-child.ts';
import { traefikProgram, traefikVersion } from '../setup/traefik/version.mjs';
import type { Door, Options } from './options.ts';

/** Files in PEM. */
export interface EdgeFiles {
  readonly certificate: string;
  readonly key: string;
  /** Of the authority, where agents have to be told. */
  readonly ca: string | undefined;
  /** Ours to give away: Traefik reads them as another user. */
  readonly own: boolean;
}

const configuration = fileURLToPath(import.meta.resolve('../traefik/'));
const setpriv = '/usr/bin/setpriv';
const nobody = 65_534;

/**
 * @param given variables of the operator, which go before those of the configuration
 * @param services where the services are (dynamic/picket.yml)
 */
export function traefikSpec(
  options: Options,
  edge: EdgeFiles,
  pingPort: number,
  given: Readonly<Record<string, string>>,
  services: Readonly<Record<string, string>>,
): ChildSpec {
  const { data, listen, ports } = options;
  const dropsRights = process.getuid?.() === 0 && existsSync(setpriv);
  const address = (door: Door) => `${listen.includes(':') ? `[${listen}]` : listen}:${ports[door]}`;
  const program = dropsRights ? reachableCopy(data) : traefikProgram();
  const dynamic = dropsRights ? dynamicCopy(data) : join(configuration, 'dynamic');
  if (dropsRights && edge.own) for (const file of [edge.key, edge.certificate]) chownSync(file, nobody, nobody);
  const [command = '', ...args] = dropsRights ? [...asNobody, program] : [program];
  return {
    name: 'traefik',
    command,
    arguments: args,
    env: {
      PATH: '/usr/bin:/bin',
      ...(parseEnv(readFileSync(join(configuration, 'traefik.env'), 'utf8')) as Record<string, string>),
      TRAEFIK_PROVIDERS_FILE_DIRECTORY: dynamic,
      TRAEFIK_ENTRYPOINTS_HTTP_ADDRESS: address('http'),
      TRAEFIK_ENTRYPOINTS_HTTPS_ADDRESS: address('https'),
      TRAEFIK_ENTRYPOINTS_DASHBOARD_ADDRESS: address('dashboard'),
      TRAEFIK_ENTRYPOINTS_INGRESS_ADDRESS: address('ingress'),
      TRAEFIK_ENTRYPOINTS_PING_ADDRESS: `127.0.0.1:${pingPort}`,
      PICKET_EDGE_CERTIFICATE: edge.certificate,
      PICKET_EDGE_KEY: edge.key,
      ...services,
      ...given,
    },
    cwd: '/',
    account: undefined,
    message: undefined,
    identityFile: join(data, 'traefik.pid'),
    stopSignal: 'SIGTERM',
    stopPatienceMs: 20_000,
    // Not its own word for it (/ping) but the API's, through the door that people use: by then it has read its routes.
    ready: async () => (await apiStatus(options, 2_000)) === 200,
    readyPatienceMs: 60_000,
    answers: async () => (await apiStatus(options, 10_000)) !== undefined,
    askEveryMs: 10_000,
    silencesBeforeKill: 4,
    level: () => 'debug',
    // setpriv does both at once: a change of user undoes an earlier --pdeathsig.
    ...(dropsRights ? {} : { orphanSignal: 'SIGTERM' as const }),
  };
}

/** As a user that owns nothing, with the one right that ports below 1024 take. */
const asNobody = [
  setpriv,
  ...['--pdeathsig', 'TERM', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups', '--no-new-privs'],
  ...['--inh-caps', '--ambient-caps', '--bounding-set'].map(set => `${set}=-all,+net_bind_service`),
  '--',
];

/** The cache may lie in a home that others may not enter. */
function reachableCopy(data: string): string {
  const copy = join(data, 'programs', `traefik-${traefikVersion}`);
  mkdirSync(dirname(copy), { recursive: true, mode: 0o711 });
  const [built, there] = [traefikProgram(), copy].map(file => statSync(file, { throwIfNoEntry: false }));
  if (there?.size === built!.size) return copy;
  rmSync(copy, { force: true });
  try {
    linkSync(traefikProgram(), copy);
  } catch {
    // Another file system.
    copyFileSync(traefikProgram(), copy, constants.COPYFILE_FICLONE);
  }
  return copy;
}

/** The tree may, too. */
function dynamicCopy(data: string): string {
  const folder = join(data, 'traefik');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  copyFileSync(join(configuration, 'dynamic/picket.yml'), join(folder, 'picket.yml'));
  return folder;
}

/** `undefined`: no answer. Who it is does not matter here, it is on this machine. */
function apiStatus({ listen, ports }: Options, patienceMs: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const to = {
      host: listen === '' || listen === '0.0.0.0' ? '127.0.0.1' : listen,
      port: ports.https,
      path: '/openapi.json',
      method: 'GET',
      rejectUnauthorized: false,
      agent: false,
      signal: AbortSignal.timeout(patienceMs),
    } as const;
    const asked = request(to, answer => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', () => resolve(undefined)).end();
  });
}
