import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cfnLint, kubeconform, kustomize, schemas, traefikSchemas } from './checkers/places.mjs';

/**
 * What the tests of deploy/aws and deploy/kubernetes check the templates with.
 *
 * @type {import('./steps.mjs').Step}
 */
export const checkers = {
  name: 'checkers of the cloud templates',
  present: () => [cfnLint(), kubeconform(), kustomize(), schemas(), traefikSchemas()].every(place => existsSync(place)),
  fingerprint: () => '',
  commands: () => [[process.execPath, fileURLToPath(new URL('checkers/build.mjs', import.meta.url))]],
  env: process.env,
  remedy:
    'Check that PyPI (pip config list) and the Go module proxy (go env GOPROXY) can be reached, then start again.',
};
