/**
 * Asks the server for commands, obeys those that are to be obeyed, and tells what came of each. It asks when a submission's answer
 * says that something waits, and every minute anyway: a host whose events are not taken can still be isolated.
 *
 * A command is obeyed at most once: its serial is on the disk before it is begun.
 */

import { createHash } from 'node:crypto';
import type { Command } from '@picket/proto';
import type { Logger } from 'pino';
import type { ServerKey } from '../config/values.ts';
import { hostFiles } from '../processes/proc.ts';
import { backoff } from '../sending/backoff.ts';
import type { Transport } from '../sending/transport.ts';
import { collect } from './collect.ts';
import type { HostNetwork } from './host-network.ts';
import { IsolationKeeper } from './isolation-keeper.ts';
import { judge } from './judge.ts';
import { kill } from './kill.ts';
import type { CommandResult, Ending, Report } from './report.ts';
import { type KeptIsolation, type ResponseState, readState, writeState } from './state.ts';

export interface ResponderOptions {
  readonly key: ServerKey;
  /** This endpoint's id. */
  readonly endpoint: string;
  /** Kernel boot id, 32 hex digits. */
  readonly boot: string;
  readonly folder: string;
  readonly network: HostNetwork;
  readonly transport: Pick<Transport, 'exchange'>;
  /** Whether /proc counts processes as the kernel does. */
  readonly seesOthers: boolean;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly lose: (name: string) => void;
  /** Milliseconds between two questions, where nothing waits. */
  readonly askMillis?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const retry = { firstMillis: 1_000, largestMillis: 60_000 };
/** Told in one request; the server takes no more. */
const mostTold = 16;
/** Lines of which it is remembered that they were no command. */
const refusedKept = 256;

export class Responder {
  readonly #options: Required<ResponderOptions>;
  readonly #isolation: IsolationKeeper;
  readonly #stopped = new AbortController();
  #state: ResponseState;
  #refusals: Report['refusals'] = [];
  #refused: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> | undefined;
  #again = false;
  #failures = 0;

  constructor(options: ResponderOptions) {
    this.#options = { askMillis: 60_000, now: Date.now, ...options };
    this.#state = readState(options.folder, this.#options.now());
    this.#isolation = new IsolationKeeper({
      ...this.#options,
      noted: () => this.#state.isolation,
      note: isolation => this.#keep({ isolation }),
      ended: () => this.ask(),
    });
  }

  get isolation(): KeptIsolation | null {
    return this.#state.isolation;
  }

  /** Puts an isolation back that was in force when the agent ended, and begins to ask. */
  start(): void {
    const { current } = this.#state;
    if (current !== null) {
      const detail = 'The agent ended while it carried this out; look at the host for what came of it';
      this.#finish(current, { outcome: 'failed', detail });
    }
    this.#isolation.start();
    this.ask();
  }

  /** Something waits, or there is something to tell: asks now, or once more after the question under way. */
  ask(): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#again = false;
    this.#asking = this.#exchange().then(pause => {
      this.#asking = undefined;
      if (this.#stopped.signal.aborted) return;
      this.#timer = setTimeout(() => this.ask(), this.#again ? 0 : pause);
    });
  }

  /** An isolation stays in force. */
  async close(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    this.#isolation.close();
    await this.#asking;
  }

  /** Gives the milliseconds until the next question. Never rejects. */
  async #exchange(): Promise<number> {
    const { transport, boot, askMillis, log } = this.#options;
    const report = this.#report();
    try {
      const lines = await transport.exchange(JSON.stringify(report), boot, this.#stopped.signal);
      if (this.#failures > 0) log.info('The server hands commands over again');
      this.#failures = 0;
      this.#told(report);
      for (const line of lines) await this.#meet(line);
    } catch (error) {
      if (this.#stopped.signal.aborted) return 0;
      if (this.#failures++ === 0)
        log.warn({ why: (error as Error).message }, 'The server cannot be asked for commands; trying on');
      return backoff(this.#failures, Math.random(), retry);
    }
    if (this.#state.results.some(({ told }) => !told) || this.#refusals.length > 0) {
      // Whoever plays old commands again and again keeps nobody busy.
      return report.results.length + report.refusals.length > 0 ? retry.firstMillis : 0;
    }
    // Spread, so that a fleet that was started at once does not ask at once for ever.
    return askMillis * (0.8 + 0.4 * Math.random());
  }

  #report(): Report {
    const { key } = this.#options;
    const { isolation, results } = this.#state;
    const untold = results.filter(({ told }) => !told).slice(0, mostTold);
    return {
      serverKey: key.text,
      isolation: isolation && {
        sinceMicros: isolation.sinceMicros,
        untilMicros: isolation.untilMicros,
        fleeting: isolation.fleeting,
      },
      results: untold.map(({ told: _, ...result }) => result),
      refusals: this.#refusals.slice(0, mostTold),
    };
  }

  #told({ results, refusals }: Report): void {
    this.#refusals = this.#refusals.slice(refusals.length);
    for (const { id } of results) this.#mark(id, true);
  }

  async #meet(line: string): Promise<void> {
    const { key, endpoint, now } = this.#options;
    const circumstances = { key: key.key, endpoint, serial: this.#state.serial, nowSeconds: Math.floor(now() / 1000) };
    const judged = judge(line, circumstances);
    switch (judged.kind) {
      case 'obey':
        return this.#obey(judged.command);
      case 'late':
        this.#finish(judged.command.id, { outcome: 'refused', detail: `Not obeyed: ${judged.why}` });
        return;
      case 'again': {
        const { id } = judged.command;
        const known = this.#state.results.some(result => result.id === id);
        // The server has not got the answer: it is told again.
        if (known) this.#mark(id, false);
        else this.#refuse(line, judged.why);
        return;
      }
      case 'refuse':
        this.#refuse(line, judged.why);
        return;
      default:
        return judged satisfies never;
    }
  }

  /** Not worth a write: what is told once more after a restart is no news to the server. */
  #mark(id: string, told: boolean): void {
    const results = this.#state.results.map(each => (each.id === id ? { ...each, told } : each));
    this.#state = { ...this.#state, results };
  }

  /** Told once, however often the line comes. */
  #refuse(line: string, detail: string): void {
    const print = createHash('sha256').update(line).digest('base64url');
    if (this.#refused.includes(print)) return;
    this.#refused = [...this.#refused.slice(1 - refusedKept), print];
    this.#options.lose('command.refused');
    this.#options.log.error({ why: detail }, 'A command was not obeyed');
    this.#refusals = [...this.#refusals, { atMicros: this.#options.now() * 1000, detail: detail.slice(0, 500) }];
  }

  async #obey({ id, serial, action }: Command): Promise<void> {
    const { log } = this.#options;
    try {
      writeState(this.#options.folder, { ...this.#state, serial, current: id });
    } catch (error) {
      // Begun without a note, it could be begun twice.
      const detail = `Not obeyed: the agent cannot note it down (${(error as Error).message})`;
      this.#state = { ...this.#state, serial };
      this.#finish(id, { outcome: 'refused', detail });
      return;
    }
    this.#state = { ...this.#state, serial, current: id };
    log.warn({ command: id, ...action }, 'Carrying a command out');
    let ending: Ending;
    try {
      ending = await this.#act(action);
    } catch (error) {
      ending = { outcome: 'failed', detail: (error as Error).message };
    }
    log.warn({ command: id, ...ending }, 'The command was carried out, or could not be');
    this.#finish(id, ending);
  }

  async #act(action: Command['action']): Promise<Ending> {
    const { boot, seesOthers } = this.#options;
    switch (action.kind) {
      case 'kill-process':
        return seesOthers
          ? kill(action.execId, boot)
          : { outcome: 'refused', detail: 'The agent runs in a pid namespace, where processes have other numbers' };
      case 'collect-file':
        return collect(action.path, hostFiles().root);
      case 'isolate':
        return this.#isolation.isolate(action.minutes);
      case 'release':
        return this.#isolation.release();
      default:
        return action satisfies never;
    }
  }

  #finish(id: string, { outcome, detail, file }: Ending): void {
    const atMicros = this.#options.now() * 1000;
    const result: CommandResult = { id, outcome, atMicros, detail: detail.slice(0, 500), file: file ?? null };
    const others = this.#state.results.filter(each => each.id !== id);
    this.#keep({ current: null, results: [...others, { ...result, told: false }] });
  }

  #keep(change: Partial<ResponseState>): void {
    this.#state = { ...this.#state, ...change };
    try {
      writeState(this.#options.folder, this.#state);
    } catch (error) {
      this.#options.log.error({ why: (error as Error).message }, 'What came of a command cannot be noted down');
    }
  }
}
