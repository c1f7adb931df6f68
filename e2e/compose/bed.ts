/** Docker and Compose for tests, by bed.sh. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { until } from '../harness/until.ts';

const root = join(import.meta.dirname, '../..');
const script = join(import.meta.dirname, 'bed.sh');
const cache = process.env['PICKET_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'picket');
const folder = process.env['BED'] ?? join(cache, 'compose-bed');

export interface Ran {
  readonly code: number | null;
  /** Standard output and error, as they came. */
  readonly output: string;
  /** Standard output alone: podman warns on the other, also where all is well. */
  readonly stdout: string;
}

/** Why containers cannot be run here, in lines; empty where they can. */
export function obstacles(): readonly string[] {
  if (process.getuid?.() !== 0) return ['root (podman runs with networks and limits of its own)'];
  return spawnSync(script, ['missing'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}

/** Base images, stand-ins and Compose; shows what it makes. Throws where that fails. */
export function prepare(): void {
  const { status } = spawnSync(script, ['prepare'], { stdio: 'inherit', env: { ...process.env, BED: folder } });
  if (status !== 0) throw new Error(`${script} prepare ended with ${status}`);
}

/** What deploy/compose/secrets.sh makes. Throws where it fails. */
export function makeSecrets(hosts: string, secrets: string, settings: string): void {
  const { status, stderr } = spawnSync(join(root, 'deploy/compose/secrets.sh'), [hosts, secrets, settings], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`secrets.sh ended with ${status}: ${stderr}`);
}

export interface Bed {
  /** `docker compose …` in the root of the project; `onLine` gets what it prints while it runs. */
  compose(
    args: readonly string[],
    options?: { readonly seconds?: number; readonly onLine?: (line: string) => void },
  ): Promise<Ran>;
  podman(...args: string[]): Promise<Ran>;
  /** Containers of the project that run, by name, and how they are: `healthy`, `starting`, `unhealthy`. */
  health(): Promise<ReadonlyMap<string, string>>;
  /** Ends the container's first process as the kernel does when memory runs out; resolves when the restart policy has brought it back. */
  crash(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Serves; from then on health checks are made too. */
export async function openBed(project: string, environment: Readonly<Record<string, string>>): Promise<Bed> {
  const env = {
    ...process.env,
    ...environment,
    BED: folder,
    COMPOSE_PROJECT_NAME: project,
    DOCKER_HOST: `unix://${folder}/podman.sock`,
    DOCKER_CONFIG: join(folder, 'docker'),
    // Podman answers as the classic builder, which makes a stage that two targets share twice when they are built at once.
    DOCKER_BUILDKIT: '0',
    COMPOSE_PARALLEL_LIMIT: '1',
    COMPOSE_BAKE: 'false',
  };
  const server: ChildProcess = spawn(script, ['serve'], { stdio: 'ignore', env });
  const podman = (...args: string[]) => command(script, ['podman', ...args], env, 60);
  const compose: Bed['compose'] = (args, { seconds = 120, onLine } = {}) =>
    command('docker', ['compose', ...args], env, seconds, onLine);
  await until('podman to answer as Docker', 30, async () => {
    const { code } = await command('docker', ['version'], env, 10);
    return code === 0 || undefined;
  });
  await removeLeftovers(podman, project);
  // Podman leaves the timing of health checks to systemd, which is not everywhere.
  const closed = new AbortController();
  const checks = (async () => {
    while (!closed.signal.aborted) {
      for (const name of await running(podman, project)) await podman('healthcheck', 'run', name);
      await setTimeout(1_000, undefined, { signal: closed.signal }).catch(() => undefined);
    }
  })();
  return {
    compose,
    podman,
    async health() {
      const names = await running(podman, project);
      if (names.length === 0) return new Map();
      const { stdout } = await podman('inspect', '--format', '{{.Name}} {{.State.Healthcheck.Status}}', ...names);
      return new Map(
        stdout
          .trim()
          .split('\n')
          .map(line => line.split(' ') as [string, string]),
      );
    },
    async crash(name) {
      const pid = async () => Number((await podman('inspect', '--format', '{{.State.Pid}}', name)).stdout);
      const before = await pid();
      if (!(before > 1)) throw new Error(`${name} does not run`);
      // Not by podman or Docker: what is ended by their own command stays ended.
      process.kill(before, 'SIGKILL');
      await until(`${name} to be started again`, 60, async () => {
        const now = await pid();
        return (now > 1 && now !== before) || undefined;
      });
    },
    async close() {
      closed.abort();
      await checks;
      server.kill('SIGTERM');
    },
  };
}

/** Of a run that was killed: its brokers would refuse to start under new secrets, its containers to be made again. */
async function removeLeftovers(podman: Bed['podman'], project: string): Promise<void> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  await podman('rm', '--force', '--time', '0', ...filter);
  const { stdout } = await podman('volume', 'ls', '--quiet', ...filter);
  const volumes = stdout.split('\n').filter(Boolean);
  if (volumes.length > 0) await podman('volume', 'rm', '--force', ...volumes);
}

async function running(podman: Bed['podman'], project: string): Promise<string[]> {
  const label = `label=com.docker.compose.project=${project}`;
  const { stdout } = await podman('ps', '--filter', label, '--format', '{{.Names}}');
  return stdout.trim().split('\n').filter(Boolean);
}

function command(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  seconds: number,
  onLine?: (line: string) => void,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
    const deadline = globalThis.setTimeout(() => child.kill('SIGKILL'), seconds * 1_000);
    let output = '';
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (onLine !== undefined) text.split('\n').filter(Boolean).forEach(onLine);
      });
    child.once('error', reject);
    child.once('close', code => {
      clearTimeout(deadline);
      resolve({ code, output, stdout });
    });
  });
}
