import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkers } from './checkers.mjs';
import { fingerprint } from './fingerprint.mjs';
import { kafka } from './kafka.mjs';
import { nfpm } from './nfpm.mjs';
import { missingPackages, packageManager, succeeds } from './system-packages.mjs';
import { traefik } from './traefik.mjs';

/** Root of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** Programs of the installed packages, the pinned Node among them. */
export const programs = join(root, 'node_modules', '.bin');

/**
 * One step from a clone to something that runs.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {() => boolean} present whether its result is there at all
 * @property {() => string} fingerprint what the result was made from; a step runs again when it changes
 * @property {() => Obstacle | readonly (readonly string[])[]} commands what to run, or why it cannot be run
 * @property {NodeJS.ProcessEnv} env
 * @property {string} remedy what to do when a command fails
 *
 * @typedef {{ obstacle: string, remedy: string }} Obstacle
 *
 * @typedef {object} Purpose
 * @property {boolean} sensor compile the sensor (needs compilers)
 * @property {boolean} dashboard build the dashboard
 * @property {boolean} [cluster] what a cluster on this machine takes: PostgreSQL, Kafka, Traefik
 * @property {boolean} [packages] what makes the agent's packages
 * @property {boolean} tests what only tests need: a browser, and what a cluster needs
 */

const withPrograms = {
  ...process.env,
  PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`,
  NEXT_TELEMETRY_DISABLED: '1',
};

/** npm ci replaces the pinned Node, so it must not itself run under it. */
const withoutPrograms = {
  ...process.env,
  PATH: (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(folder => !folder.includes('node_modules'))
    .join(delimiter),
};

/**
 * @param {string} workspace
 * @returns {readonly string[]}
 */
const build = workspace => ['npm', 'run', 'build', '-w', workspace];

/** @param {...string} paths */
const has = (...paths) => paths.every(path => existsSync(join(root, path)));

/**
 * @param {Purpose} purpose
 * @returns {Step}
 */
function systemPackages({ sensor, cluster, packages, tests }) {
  const manager = packageManager();
  const missing =
    manager === undefined
      ? []
      : missingPackages(manager, {
          build: sensor || tests,
          cluster: cluster || tests,
          packages: packages || tests,
          tests,
        });
  return {
    name: 'system packages',
    present: () => manager !== undefined && missing.length === 0,
    fingerprint: () => '',
    commands: () => {
      if (manager === undefined) {
        return {
          obstacle: 'neither apt-get nor dnf is here, so packages cannot be installed',
          remedy:
            'Install clang, cmake, g++, make, pkg-config and the development files of libbpf, libelf and zlib, then npm run build -w @picket/native.',
        };
      }
      const commands = manager.install(missing);
      if (process.getuid?.() === 0) return commands;
      return {
        obstacle: `not root, and these packages are missing: ${missing.join(', ')}`,
        remedy: `Run: sudo ${manager.name} install -y ${missing.join(' ')}`,
      };
    },
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    remedy: 'Check the network and the package sources, then start again.',
  };
}

/** @type {Step} */
const dependencies = {
  name: 'npm packages',
  present: () => has('node_modules/.bin/node') && installedAsLocked(),
  fingerprint: () => '',
  commands: () => [['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=http']],
  env: withoutPrograms,
  remedy: 'Check that the npm registry can be reached (npm ping) and that the disk has 2 GB left, then start again.',
};

/** @type {Step} */
const protocol = {
  name: 'wire protocol',
  present: () => has('proto/gen'),
  fingerprint: () => fingerprint(root, ['proto', 'package-lock.json']),
  commands: () => [build('@picket/proto')],
  env: withPrograms,
  remedy: 'Run npm run build -w @picket/proto to see it alone.',
};

/** @type {Step} */
const sensor = {
  name: 'sensor',
  present: () => has('native/build'),
  fingerprint: () => fingerprint(root, ['native', 'package-lock.json']),
  commands: () => [build('@picket/native')],
  env: withPrograms,
  remedy: 'Run npm run build -w @picket/native to see it alone; npm start -- --no-agent starts the server without it.',
};

const guard = 'services/engines/front/build/write-guard.so';
const guardSource = 'services/engines/front/write-guard.c';

/**
 * Where there is no compiler the server runs without, and says so.
 *
 * @type {Step}
 */
const writeGuard = {
  name: 'write guard',
  present: () => has(guard) || compiler() === undefined,
  fingerprint: () => (compiler() === undefined ? '' : fingerprint(root, [guardSource])),
  commands: () => [
    ['mkdir', '-p', dirname(guard)],
    [compiler() ?? 'cc', '-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-o', guard, guardSource],
  ],
  env: process.env,
  remedy: 'Install the C library’s development files (libc6-dev or glibc-devel), then start again.',
};

function compiler() {
  return ['cc', 'gcc', 'clang'].find(name => succeeds(['sh', '-c', `command -v ${name}`]));
}

/** @type {Step} */
const dashboard = {
  name: 'dashboard',
  present: () => has('dashboard/.next/standalone'),
  fingerprint: () => fingerprint(root, ['dashboard', 'services/api', 'package-lock.json']),
  commands: () => [build('@picket/dashboard')],
  env: withPrograms,
  remedy: 'Run npm run build -w @picket/dashboard to see it alone.',
};

/**
 * @param {Purpose} purpose
 * @returns {readonly Step[]} in the order in which they have to run
 */
export function steps(purpose) {
  return [
    ...(purpose.sensor || purpose.cluster || purpose.tests ? [systemPackages(purpose)] : []),
    dependencies,
    protocol,
    ...(purpose.cluster || purpose.tests ? [kafka, traefik] : []),
    ...(purpose.packages || purpose.tests ? [nfpm] : []),
    ...(purpose.tests ? [checkers] : []),
    writeGuard,
    ...(purpose.sensor ? [sensor] : []),
    ...(purpose.dashboard ? [dashboard] : []),
  ];
}

/**
 * Whether node_modules is what package-lock.json says: npm keeps a lock of what it really installed, and each package
 * there has to be the locked one, and still be there: a workspace's own folder of packages can be lost without the lock. Nobody waits for `npm ci` who has just run `npm install` himself.
 */
function installedAsLocked() {
  const installed = packages('node_modules/.package-lock.json');
  const locked = packages('package-lock.json');
  if (installed === undefined || locked === undefined) return false;
  const wanted = Object.entries(locked).filter(([path]) => path.includes('node_modules/'));
  return wanted.every(([path, { version, optional }]) =>
    installed[path] === undefined ? optional === true : installed[path].version === version && has(path),
  );
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined}
 */
function packages(lockfile) {
  if (!has(lockfile)) return undefined;
  return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages;
}
