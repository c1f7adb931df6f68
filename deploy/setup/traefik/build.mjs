/** Builds Traefik from its Go module into the cache. Minutes on two cores, once for all clones of this user. */

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { alone, downloadModule, findGo } from './go.mjs';
import { traefikProgram, traefikVersion } from './version.mjs';

/** @param {string} line */
const say = line => process.stdout.write(`${line}\n`);

setPriority(10);
const go = findGo(say);
say(`fetching Traefik ${traefikVersion}`);
const module = downloadModule(go, `github.com/traefik/traefik/v3@v${traefikVersion}`);

const target = traefikProgram();
mkdirSync(dirname(target), { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'picket-traefik-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
// `go install` refuses a module with replacements, so it is built in a copy of its sources.
const sources = join(work, 'sources');
cpSync(module, sources, { recursive: true });
spawnSync('chmod', ['-R', 'u+w', sources]);
const built = `${target}.${process.pid}`;
const version = `-X github.com/traefik/traefik/v3/pkg/version.Version=${traefikVersion}`;
say('compiling');
const { status, signal, error } = spawnSync(
  go,
  ['build', '-v', '-trimpath', '-ldflags', `-s -w ${version}`, '-o', built, './cmd/traefik'],
  { cwd: sources, stdio: 'inherit', env: { ...alone(), GOFLAGS: '-mod=mod -buildvcs=false', CGO_ENABLED: '0' } },
);
if (status !== 0) {
  rmSync(built, { force: true });
  say(`go build: ${error?.message ?? signal ?? `exit code ${status}`}`);
  process.exit(1);
}
chmodSync(built, 0o755);
// A name that is there is a whole program.
renameSync(built, target);
