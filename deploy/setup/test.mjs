/** npm test: sets up what is missing, then runs every test, ring after ring; test-options.mjs says how it is called. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rings } from './rings.mjs';
import { SetupFailed, setUp } from './setup.mjs';
import { programs, root } from './steps.mjs';
import { readTestOptions, usage } from './test-options.mjs';

/** @typedef {import('./rings.mjs').Ring} Ring */
/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** Leaders of the process groups in which tests run. */
const running = /** @type {Set<number>} */ (new Set());
const tallies = join(root, '.setup', 'tally');

/** @param {Counts} a @param {Counts} b @returns {Counts} */
const sum = (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped });
const none = { passed: 0, failed: 0, skipped: 0 };

/**
 * @param {Ring} ring
 * @returns {Promise<Counts>}
 */
async function runRing(ring) {
  const started = performance.now();
  const watching = [...(ring.watching ?? [])];
  const others = [...ring.groups];
  console.log(`${ring.name} tests: ${[...watching, ...others].flat().length} files`);
  let counts = none;
  const took = /** @type {{ files: readonly string[], seconds: number }[]} */ ([]);
  /** @param {(readonly string[])[][]} queues emptied in this order */
  const worker = async queues => {
    for (const queue of queues) {
      for (let files = queue.shift(); files !== undefined; files = queue.shift()) {
        const began = performance.now();
        const more = await runGroup(ring, files);
        counts = sum(counts, more);
        took.push({ files, seconds: (performance.now() - began) / 1000 });
      }
    }
  };
  const beside = Array.from({ length: ring.parallel - 1 }, () => worker([others]));
  await Promise.all([worker([watching, others]), ...beside]);
  const { passed, failed, skipped } = counts;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (ring.isolated) console.log(`  slowest: ${slowest(took)}`);
  console.log(
    `${failed === 0 ? '✓' : '✗'} ${ring.name}: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds} s)\n`,
  );
  return counts;
}

/** @param {readonly { files: readonly string[], seconds: number }[]} took */
const slowest = took =>
  took
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, 5)
    .map(({ files, seconds }) => `${files.join(' ')} ${seconds.toFixed(0)} s`)
    .join(', ');

let groups = 0;

/**
 * @param {Ring} ring
 * @param {readonly string[]} files
 * @returns {Promise<Counts>}
 */
function runGroup(ring, files) {
  const tally = join(tallies, `${++groups}.json`);
  rmSync(tally, { force: true });
  const child = spawn(
    join(programs, 'node'),
    [
      '--test',
      `--test-isolation=${ring.isolated ? 'process' : 'none'}`,
      `--test-timeout=${ring.seconds * 1000}`,
      '--test-reporter=./deploy/setup/report.mjs',
      '--test-reporter-destination=stdout',
      '--test-reporter=./deploy/setup/tally.mjs',
      `--test-reporter-destination=${tally}`,
      ...files,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own: what a group leaves running is ended with it.
      detached: true,
      env: { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
    },
  );
  if (child.pid !== undefined) running.add(child.pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', text => {
      output += text;
    });
  }
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    if (child.pid !== undefined) killGroup(child.pid);
  }, ring.minutes * 60_000);

  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(deadline);
      if (child.pid !== undefined) running.delete(child.pid);
      if (output !== '') process.stdout.write(output);
      const counts = readTally(tally);
      const ended = late ? `not over after ${ring.minutes} minutes` : `ended with ${signal ?? `exit code ${code}`}`;
      const broken = counts === undefined || (counts.failed === 0 && code !== 0);
      if (broken) console.log(`  ✗ ${files.join(' ')}\n    ${ended}`);
      resolve(sum(counts ?? none, broken ? { ...none, failed: 1 } : none));
    });
  });
}

/** @param {number} leader */
function killGroup(leader) {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * @param {string} file
 * @returns {Counts | undefined} undefined where the run did not come to its end
 */
function readTally(file) {
  try {
    const { passed, failed, cancelled, skipped } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed, failed: failed + cancelled, skipped };
  } catch {
    return undefined;
  }
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    for (const leader of running) killGroup(leader);
    process.exit(130);
  });
}

const options = readTestOptions(process.argv.slice(2));
if ('error' in options || options.help) {
  process.stdout.write('error' in options ? `${options.error}\n\n${usage}` : usage);
  process.exit('error' in options ? 64 : 0);
}
/** Seconds since the epoch; .ci/run does other things before. */
const began = Number(process.env['CI_STARTED'] ?? Date.now() / 1000);
try {
  await setUp({ sensor: true, dashboard: true, tests: true });
  mkdirSync(tallies, { recursive: true });
  let counts = none;
  for (const ring of rings(root, options.only)) {
    const empty = ring.groups.length + (ring.watching?.length ?? 0) === 0;
    if (!empty && options.rings.includes(ring.name)) counts = sum(counts, await runRing(ring));
  }
  const minutes = ((Date.now() / 1000 - began) / 60).toFixed(1);
  console.log(`${counts.skipped} skipped, ${minutes} min in all`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof SetupFailed)) throw error;
  process.exitCode = 1;
}
