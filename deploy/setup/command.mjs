import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Lines of a failed command's output that are shown at once; the log has all. */
const tailLines = 25;

const stopSignals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** A command of a step ended badly: what it was, how it ended, the end of what it said, and where all of it lies. */
export class CommandFailed extends Error {
  /**
   * @param {readonly string[]} command
   * @param {string} ending `exit code 2`, `signal SIGKILL`, or why it could not be started
   * @param {readonly string[]} tail last lines of its output
   * @param {string} log path of the whole output
   */
  constructor(command, ending, tail, log) {
    super(`${command.join(' ')}: ${ending}`);
    this.command = command;
    this.ending = ending;
    this.tail = tail;
    this.log = log;
  }
}

/**
 * Runs a command to its end without a terminal, its output in a log file.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, log: string, onLine: (line: string) => void }} options
 *   `onLine` hears each line of output as it comes
 * @returns {Promise<void>} rejects with `CommandFailed`
 */
export function runCommand(command, { cwd, env, log, onLine }) {
  mkdirSync(dirname(log), { recursive: true });
  const file = openSync(log, 'a');
  writeSync(file, `$ ${command.join(' ')}\n`);
  /** @type {string[]} */
  const tail = [];
  let rest = '';

  /** @param {string} text */
  const take = text => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop() ?? '';
    for (const line of lines.filter(line => line.trim() !== '')) {
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
      onLine(line);
    }
  };

  return new Promise((resolve, reject) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (/** @type {string} */ text) => {
        writeSync(file, text);
        take(text);
      });
    }
    // Told to stop, we take the command with us; the next set-up does its step again.
    /** @param {'SIGINT' | 'SIGTERM' | 'SIGHUP'} signal */
    const interrupt = signal => {
      child.kill(signal);
      process.stderr.write('\nStopped. What was finished is kept; the next time goes on from there.\n');
      process.exit(130);
    };
    for (const signal of stopSignals) process.on(signal, interrupt);
    /** @param {string | undefined} failure */
    const end = failure => {
      for (const signal of stopSignals) process.off(signal, interrupt);
      take('\n');
      closeSync(file);
      if (failure === undefined) resolve();
      else reject(new CommandFailed(command, failure, tail, log));
    };
    child.once('error', error => end(error.message));
    child.once('close', (code, signal) => {
      if (child.pid === undefined) return;
      end(code === 0 ? undefined : signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
}
