import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { root } from './steps.mjs';

/** A log of an earlier run is kept until it is this large, then moved aside. */
const maxLogBytes = 16 * 1024 * 1024;
/** Lines of a log shown when its process ended unexpectedly. */
const tailLines = 15;

/**
 * A process of ours in a session of its own, so that Ctrl-C on the terminal reaches only us and we end things in order.
 *
 * @typedef {object} Child
 * @property {string} name
 * @property {import('node:child_process').ChildProcess} process
 * @property {Promise<string>} ended resolves with how it ended: `exit code 0`, `signal SIGKILL`
 * @property {() => number | null} exitCode
 * @property {(graceMillis: number) => Promise<void>} stop asks it to end, and makes it after the grace
 * @property {() => string[]} lastWords last lines of its log in this run
 */

/**
 * @param {{ name: string, command: readonly string[], env: NodeJS.ProcessEnv, log: string, channel: boolean }} options
 *   `channel`: give it a message channel; it can tell by the channel's end that we are gone
 * @returns {Child}
 */
export function startChild({ name, command, env, log, channel }) {
  mkdirSync(dirname(log), { recursive: true, mode: 0o750 });
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) renameSync(log, `${log}.1`);
  const file = openSync(log, 'a', 0o640);
  const begin = statSync(log).size;
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    env,
    detached: true,
    stdio: channel ? ['ignore', file, file, 'ipc'] : ['ignore', file, file],
  });
  closeSync(file);

  /** @type {Promise<string>} */
  const ended = new Promise(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });

  return {
    name,
    process: child,
    ended,
    exitCode: () => child.exitCode,
    async stop(graceMillis) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => {
        process.stderr.write(`${name} did not stop in ${graceMillis / 1000} s and is killed; its log: ${log}\n`);
        child.kill('SIGKILL');
      }, graceMillis);
      await ended;
      clearTimeout(timer);
    },
    lastWords: () =>
      readFileSync(log)
        .subarray(begin)
        .toString('utf8')
        .split('\n')
        .filter(line => line.trim() !== '')
        .slice(-tailLines),
  };
}
