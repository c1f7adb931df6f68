/**
 * From a clone to something that runs: every step that is missing or whose inputs have changed, with its progress.
 * Plain JavaScript for any Node from 20, because it runs before anything is installed.
 *
 *   node deploy/setup/setup.mjs [--no-sensor] [--no-dashboard] [--tests]
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed, runCommand } from './command.mjs';
import { exclusively } from './lock.mjs';
import { progress } from './progress.mjs';
import { root, steps } from './steps.mjs';

/** @typedef {import('./steps.mjs').Purpose} Purpose */
/** @typedef {import('./steps.mjs').Step} Step */

const folder = join(root, '.setup');
const stateFile = join(folder, 'state.json');

/** Setting up stopped; what to do about it has been printed. */
export class SetupFailed extends Error {}

/**
 * @param {Purpose} purpose
 * @returns {Promise<void>} rejects with `SetupFailed` after telling what failed and what to do
 */
export function setUp(purpose) {
  mkdirSync(folder, { recursive: true });
  const waiting = (/** @type {number} */ holder) =>
    process.stdout.write(`… another set-up is running (process ${holder}), waiting for it\n`);
  return exclusively(join(folder, 'lock'), waiting, async () => {
    for (const step of steps(purpose)) await run(step);
  });
}

/** @param {Step} step */
async function run(step) {
  const shown = progress(step.name);
  const before = step.fingerprint();
  if (step.present() && (before === '' || state()[step.name] === before)) return shown.done('unchanged');

  const commands = step.commands();
  if ('obstacle' in commands) {
    shown.failed();
    throw fail(`  ${commands.obstacle}\n  ${commands.remedy}`);
  }
  const log = join(folder, 'log', `${step.name.replaceAll(' ', '-')}.log`);
  rmSync(log, { force: true });
  try {
    for (const command of commands) await runCommand(command, { cwd: root, env: step.env, log, onLine: shown.said });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    shown.failed();
    const tail = error.tail.map(line => `    ${line}`).join('\n');
    throw fail(
      `${tail}\n  ${error.command.join(' ')} failed: ${error.ending}\n  The whole output: ${error.log}\n  ${step.remedy}`,
    );
  }
  // Taken anew: a build may have written files of its own beside its inputs.
  remember(step.name, step.fingerprint());
  shown.done();
}

/** @param {string} text */
function fail(text) {
  process.stderr.write(`${text}\n`);
  return new SetupFailed(text);
}

/** @returns {Record<string, string>} fingerprint of each step's inputs when it last succeeded */
function state() {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8'));
  } catch {
    return {}; // the first time, or a file cut off by a crash: every step runs
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
function remember(name, value) {
  writeFileSync(stateFile, JSON.stringify({ ...state(), [name]: value }, null, 2));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flags = process.argv.slice(2);
  setUp({
    sensor: !flags.includes('--no-sensor'),
    dashboard: !flags.includes('--no-dashboard'),
    tests: flags.includes('--tests'),
  }).catch(error => {
    if (!(error instanceof SetupFailed)) throw error;
    process.exitCode = 1;
  });
}
