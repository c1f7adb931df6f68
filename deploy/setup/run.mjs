/**
 * Runs a TypeScript program of the project under the pinned Node, after setting up what it needs.
 *
 *   node deploy/setup/run.mjs FILE [arguments]
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { SetupFailed, setUp } from './setup.mjs';
import { programs, root } from './steps.mjs';

const [file = '', ...args] = process.argv.slice(2);

try {
  // A benchmark drives the whole product, and other kernels are for the sensor; other programs need the libraries only.
  const containers = file.startsWith('e2e/compose/');
  const packages = file.startsWith('deploy/packages/') && !args.includes('--help');
  const sensor = containers || packages || /^(bench|e2e\/kernels)\//.test(file);
  const cluster = file.startsWith('deploy/cluster/') && !args.includes('--help');
  await setUp({
    sensor,
    packages,
    cluster: cluster || containers,
    dashboard: cluster && !args.includes('--no-dashboard'),
    tests: containers,
  });
  const child = spawn(join(programs, 'node'), [file, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
} catch (error) {
  if (!(error instanceof SetupFailed)) throw error;
  process.exitCode = 1;
}
