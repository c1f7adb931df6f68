/** Builds nfpm from its Go module into the cache, once for all clones of this user. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { wholeFolder } from '../cache.mjs';
import { nfpmProgram, nfpmVersion } from '../nfpm.mjs';
import { alone, findGo } from '../traefik/go.mjs';

/** @param {string} line */
const say = line => process.stdout.write(`${line}\n`);

setPriority(10);
const go = findGo(say);
// Modules of its own, so that what is needed once does not stay.
const work = mkdtempSync(join(tmpdir(), 'picket-nfpm-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
const env = { ...alone(), GOFLAGS: '-modcacherw -trimpath', GOMODCACHE: join(work, 'modules'), CGO_ENABLED: '0' };

wholeFolder(dirname(nfpmProgram()), folder => {
  const module = `github.com/goreleaser/nfpm/v2/cmd/nfpm@v${nfpmVersion}`;
  say(`building ${module}`);
  const command = ['install', '-v', '-ldflags=-s -w', module];
  const { status, signal, error } = spawnSync(go, command, { stdio: 'inherit', env: { ...env, GOBIN: folder } });
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  say(`go ${command.join(' ')}: ${error?.message ?? signal ?? `exit code ${status}`}`);
  process.exit(1);
});
