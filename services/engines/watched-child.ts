/**
 * A child process that is kept running: started, asked until it is ready, started again with backoff when it dies or
 * does not answer any more, and ended in order. One that a killed server left behind is found by its identity file and ended first.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { closeSync, existsSync, statfsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { lastLines, openLog } from './log-file.ts';
import {
  end,
  forgetIdentity,
  identify,
  type ProcessIdentity,
  readIdentity,
  writeIdentity,
} from './process-identity.ts';

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Run as this user; only where the server is root. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined;
  /** Sent over an IPC channel right after the start: what must not stand in arguments or environment. */
  readonly message: object | undefined;
  /** Where it keeps its data. When it dies and that disk is full, the reason says so: its own last words may speak of anything. */
  readonly dataFolder?: string;
  /** Where the identity of the running child is kept. */
  readonly identityFile: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopPatienceMs: number;
  /** One try: is it ready to serve? */
  ready(): Promise<boolean>;
  readonly readyPatienceMs: number;
  /** One question while it serves: does it answer, be it with a refusal? */
  answers(): Promise<boolean>;
  /** It is asked so often, */
  readonly askEveryMs: number;
  /** and killed when so many questions in a row had no answer. */
  readonly silencesBeforeKill: number;
  /** How a line of the child's output is logged. */
  level(line: string): 'error' | 'warn' | 'info' | 'debug';
  /** Where it is given, the output goes to this file, and not into the log. */
  readonly logFile?: string;
  /** The kernel sends it this signal when we are gone, however we ended. Without, it runs on and the next server ends it. */
  readonly orphanSignal?: NodeJS.Signals;
}

/** What is told of the child; a pino logger will do. */
export interface ChildLog {
  error(about: object, words: string): void;
  warn(about: object, words: string): void;
  info(about: object, words: string): void;
  debug(about: object, words: string): void;
}

export interface ChildEvents {
  /** The child died, and is being started again. */
  down: [reason: string];
  /** The child serves again; `restarts` since the first start. */
  up: [restarts: number];
}

const firstBackoffMs = 100;
const lastBackoffMs = 10_000;
/** Engines write megabytes at once: what did not fit may be as large as this. */
const littleBytes = 16 << 20;
/** How many starts in a row may fail before the first start is given up. */
const firstStartAttempts = 3;

export class WatchedChild extends EventEmitter<ChildEvents> {
  readonly #spec: ChildSpec;
  readonly #log: ChildLog;
  readonly #closing = new AbortController();
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #watch: Promise<void> = Promise.resolve();
  #lastWords: string[] = [];

  private constructor(spec: ChildSpec, log: ChildLog) {
    super();
    this.#spec = spec;
    this.#log = named(log, spec.name);
  }

  /** Resolves when the child is ready. Throws with the child's last words when it does not come up. */
  static async start(spec: ChildSpec, log: ChildLog): Promise<WatchedChild> {
    const watched = new WatchedChild(spec, log);
    await watched.#endOrphan();
    for (let attempt = 1; ; attempt++) {
      const reason = await watched.#run();
      if (reason === undefined) break;
      if (attempt === firstStartAttempts) throw new Error(`${spec.name} did not start: ${reason}`);
      await delay(firstBackoffMs * 4 ** attempt);
    }
    watched.#watch = watched.#keepRunning();
    return watched;
  }

  /** Undefined while it is down. */
  get pid(): number | undefined {
    return this.#identity?.pid;
  }

  /** Ends the child by its stop signal, and by SIGKILL when it takes too long. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#stop();
    await this.#watch;
    forgetIdentity(this.#spec.identityFile);
  }

  async #endOrphan(): Promise<void> {
    const orphan = readIdentity(this.#spec.identityFile);
    if (orphan === undefined) return;
    const ended = await end(orphan, this.#spec.stopSignal, this.#spec.stopPatienceMs);
    if (ended !== 'absent') this.#log.warn({ pid: orphan.pid, ended }, 'an engine left by a killed server was ended');
    forgetIdentity(this.#spec.identityFile);
  }

  async #stop(): Promise<void> {
    if (this.#identity === undefined) return;
    const how = await end(this.#identity, this.#spec.stopSignal, this.#spec.stopPatienceMs);
    if (how === 'killed') this.#log.warn({}, 'the engine did not stop in time and was killed');
  }

  /** Starts the child once. Gives the reason why it did not get ready, `undefined` when it did. */
  async #run(): Promise<string | undefined> {
    const spec = this.#spec;
    this.#lastWords = [];
    const file = spec.logFile === undefined ? undefined : openLog(spec.logFile);
    const output = file ?? 'pipe';
    const [command, ...args] = withOrphanSignal([spec.command, ...spec.arguments], spec.orphanSignal);
    const child = spawn(command!, args, {
      cwd: spec.cwd,
      env: spec.env,
      uid: spec.account?.uid,
      gid: spec.account?.gid,
      // A session of its own: Ctrl-C in the terminal reaches the server only, which ends its engines last.
      detached: true,
      stdio: spec.message ? ['ignore', output, output, 'ipc'] : ['ignore', output, output],
    });
    if (file !== undefined) closeSync(file);
    const exit = once(child, 'exit').then(
      ([code, signal]) => `it ended with ${signal ?? `code ${code}`}${this.#said()}`,
      error => `it could not be run: ${error.message}`,
    );
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', line => this.#listen(line));
    }
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) return exit;
    this.#child = child;
    this.#identity = identity;
    try {
      writeIdentity(spec.identityFile, identity);
    } catch (error) {
      // As on a full disk. One that nobody could find after us must not run.
      await end(identity, 'SIGKILL', 0);
      this.#identity = undefined;
      return `who it is could not be written down: ${(error as Error).message}`;
    }
    if (spec.message) child.send(spec.message, () => undefined);

    let ended: string | undefined;
    exit.then(reason => {
      ended = reason;
      if (this.#identity === identity) this.#identity = undefined;
    });
    const until = performance.now() + spec.readyPatienceMs;
    while (ended === undefined && performance.now() < until && !this.#closing.signal.aborted) {
      if (await spec.ready()) return undefined;
      await delay(30);
    }
    if (ended === undefined) {
      await end(identity, 'SIGKILL', 0);
      return `it was not ready after ${spec.readyPatienceMs} ms${this.#said()}`;
    }
    return ended;
  }

  async #keepRunning(): Promise<void> {
    let restarts = 0;
    while (!this.#closing.signal.aborted) {
      const reason = await this.#death();
      if (this.#closing.signal.aborted) return;
      this.#log.error({ reason }, 'the engine died and is started again');
      this.emit('down', reason);
      let backoff = firstBackoffMs;
      for (;;) {
        const failure = await this.#run();
        if (this.#closing.signal.aborted) return this.#stop();
        if (failure === undefined) break;
        this.#log.error({ reason: failure, nextTryMs: backoff }, 'the engine did not start again');
        await delay(backoff, undefined, { signal: this.#closing.signal }).catch(() => undefined);
        backoff = Math.min(backoff * 2, lastBackoffMs);
      }
      restarts++;
      this.#log.info({ restarts }, 'the engine serves again');
      this.emit('up', restarts);
    }
  }

  async #death(): Promise<string> {
    const child = this.#child!;
    const dead = new AbortController();
    const asking = this.#killWhenSilent(dead.signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    dead.abort();
    await asking;
    return `${child.signalCode ?? `code ${child.exitCode}`}${this.#said()}`;
  }

  /** A process that runs and does nothing is as bad as none, and nobody else would notice. */
  async #killWhenSilent(dead: AbortSignal): Promise<void> {
    const { answers, askEveryMs, silencesBeforeKill } = this.#spec;
    for (let silences = 0; ; ) {
      await delay(askEveryMs, undefined, { signal: dead, ref: false }).catch(() => undefined);
      if (dead.aborted || this.#closing.signal.aborted) return;
      silences = (await answers()) ? 0 : silences + 1;
      if (silences < silencesBeforeKill || dead.aborted || this.#identity === undefined) continue;
      this.#log.error({ silences, askEveryMs }, 'the engine runs but does not answer, and is killed');
      await end(this.#identity, 'SIGKILL', 0);
      return;
    }
  }

  #listen(line: string): void {
    if (line.trim() === '') return;
    const level = this.#spec.level(line);
    this.#log[level]({ said: line }, 'engine output');
    if (level === 'error' || level === 'warn') this.#lastWords = [...this.#lastWords.slice(-4), line];
  }

  #said(): string {
    const { dataFolder, logFile } = this.#spec;
    const words = logFile === undefined ? this.#lastWords : lastLines(logFile, 5);
    const full = dataFolder === undefined ? '' : fullDisk(dataFolder);
    return `${full}${words.length === 0 ? '' : `; it said: ${words.join(' | ').slice(0, 2_000)}`}`;
  }
}

function fullDisk(folder: string): string {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const left = bavail * bsize;
    return left < littleBytes ? `: the disk under ${folder} is full (${left >> 10} KiB left), make room there` : '';
  } catch {
    return '';
  }
}

const named = (log: ChildLog, engine: string): ChildLog => ({
  error: (about, words) => log.error({ engine, ...about }, words),
  warn: (about, words) => log.warn({ engine, ...about }, words),
  info: (about, words) => log.info({ engine, ...about }, words),
  debug: (about, words) => log.debug({ engine, ...about }, words),
});

const setpriv = '/usr/bin/setpriv';

function withOrphanSignal(command: readonly string[], signal: NodeJS.Signals | undefined): readonly string[] {
  if (signal === undefined || !existsSync(setpriv)) return command;
  return [setpriv, '--pdeathsig', signal.replace('SIG', ''), '--', ...command];
}
