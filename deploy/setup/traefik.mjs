import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { traefikProgram, traefikVersion } from './traefik/version.mjs';

const build = fileURLToPath(new URL('traefik/build.mjs', import.meta.url));

/**
 * Traefik, built from its Go module: a cache that an earlier build did not fill to the end holds no program that runs.
 *
 * @type {import('./steps.mjs').Step}
 */
export const traefik = {
  name: `Traefik ${traefikVersion}`,
  present: () => spawnSync(traefikProgram(), ['version'], { stdio: 'ignore' }).status === 0,
  fingerprint: () => '',
  commands: () => [[process.execPath, build]],
  env: process.env,
  remedy:
    'Check that the Go module proxy (go env GOPROXY) can be reached and that 6 GB of disk are left, then start again.',
};
