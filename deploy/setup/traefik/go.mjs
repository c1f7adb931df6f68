import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cached } from '../cache.mjs';

/** The Go that is fetched where the system's is too old: Debian 12 has 1.19. Its module's checksum is in Go's public log. */
const fetched = 'go1.24.11';
/** Traefik 3.5 says so in its go.mod. */
const least = /** @type {const} */ ([1, 24]);

/**
 * A Go that can build Traefik: the system's, or one that any Go since 1.16 can fetch, because toolchains are modules too.
 *
 * @param {(line: string) => void} say
 * @returns {string} the program
 */
export function findGo(say) {
  const version = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', env: alone() }).stdout?.trim() ?? '';
  if (isRecent(version)) return 'go';
  const home = cached(fetched);
  const program = join(home, 'bin/go');
  if (existsSync(program)) return program;
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  say(`${version || 'the system’s Go'} is older than ${least.join('.')}: fetching ${fetched}`);
  const module = downloadModule('go', `golang.org/toolchain@v0.0.1-${fetched}.${platform}`);
  const aside = `${home}.${process.pid}`;
  mkdirSync(dirname(home), { recursive: true });
  rmSync(aside, { recursive: true, force: true });
  cpSync(module, aside, { recursive: true });
  // Modules are kept read-only, and without the bit that makes a file a program.
  for (const folder of ['bin', `pkg/tool/${platform.replace('-', '_')}`]) makePrograms(join(aside, folder));
  try {
    renameSync(aside, home);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}

/** @param {string} folder */
function makePrograms(folder) {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755);
}

/**
 * @param {string} version `go1.24.11`; also `go1.19.8`, `devel …`, or nothing where there is no Go
 * @returns {boolean}
 */
export function isRecent(version) {
  const [, major = 0, minor = 0] = /^go(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  return major > least[0] || (major === least[0] && minor >= least[1]);
}

/**
 * @param {string} go
 * @param {string} module `path@version`
 * @returns {string} the folder of its sources, read-only; Go has checked it against its public checksum log
 */
export function downloadModule(go, module) {
  const { status, stdout, stderr, error } = spawnSync(go, ['mod', 'download', '-json', module], {
    cwd: '/',
    encoding: 'utf8',
    env: alone(),
  });
  if (error) throw new Error(`${go} cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`${module} could not be fetched: ${stderr.trim() || stdout.trim()}`);
  return JSON.parse(stdout).Dir;
}

/** The environment in which a Go does not fetch another one by itself. */
export const alone = () => ({ ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '' });
