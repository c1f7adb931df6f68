import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.mjs';

/** The newest that Go 1.24 builds. */
export const nfpmVersion = '2.43.0';

/** Where the program lies once it is built. @returns {string} */
export const nfpmProgram = () => join(cached(`nfpm-${nfpmVersion}`), 'nfpm');

/**
 * What makes a .deb and an .rpm out of one description.
 *
 * @type {import('./steps.mjs').Step}
 */
export const nfpm = {
  name: `nfpm ${nfpmVersion}`,
  present: () => existsSync(nfpmProgram()),
  fingerprint: () => '',
  commands: () => [[process.execPath, fileURLToPath(new URL('nfpm/build.mjs', import.meta.url))]],
  env: process.env,
  remedy: 'Check that the Go module proxy (go env GOPROXY) can be reached, then start again.',
};
