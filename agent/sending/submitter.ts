/**
 * Sends the backlog, oldest batch first, one request at a time: a batch is done when the server has it, and the order of a
 * stream is kept. Nothing that the server may still take is ever given up.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Backlog, Pending } from './backlog.ts';
import { type BackoffBounds, backoff } from './backoff.ts';
import { setAside } from './set-aside.ts';
import type { Transport } from './transport.ts';
import { judge, type Verdict } from './verdict.ts';

export interface SubmitterOptions {
  readonly backlog: Backlog;
  readonly transport: Pick<Transport, 'submit'>;
  readonly spoolFolder: string;
  readonly lose: (name: string, events: number) => void;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** What is sent of a batch: its body, unless its times are to be corrected. */
  readonly finish?: (pending: Pending) => Uint8Array;
  /** Waits after failures; the second one where only a person can help. */
  readonly retry?: BackoffBounds;
  readonly refusedRetry?: BackoffBounds;
}

/** What `status` tells of the way to the server. Times are milliseconds since the epoch. */
export interface SendingState {
  readonly state: 'starting' | 'connected' | 'unreachable' | 'refused';
  readonly lastAcceptedAt: number | undefined;
  /** Why the last try failed; undefined while connected. */
  readonly trouble: string | undefined;
  /** Events that the server has acknowledged since the start. */
  readonly acceptedEvents: number;
}

export class Submitter {
  readonly #options: Required<SubmitterOptions>;
  /** Set when no more is to come, and when no more is to be waited for. */
  readonly #draining = new AbortController();
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;
  #state: SendingState = { state: 'starting', lastAcceptedAt: undefined, trouble: undefined, acceptedEvents: 0 };

  constructor(options: SubmitterOptions) {
    this.#options = {
      retry: { firstMillis: 250, largestMillis: 15_000 },
      refusedRetry: { firstMillis: 15_000, largestMillis: 60_000 },
      finish: ({ body }) => body,
      ...options,
    };
  }

  get state(): SendingState {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Sends on for as long as it goes well, at most `graceMillis`; what is not sent then stays in the spool. */
  async stop(graceMillis: number): Promise<void> {
    this.#draining.abort();
    this.#options.backlog.wake();
    const deadline = setTimeout(() => this.#stopped.abort(), graceMillis);
    await this.#running;
    clearTimeout(deadline);
  }

  async #run(): Promise<void> {
    const { backlog } = this.#options;
    while (!this.#stopped.signal.aborted) {
      const pending = backlog.oldest();
      if (pending) {
        const verdict = await this.#try(pending);
        const pause = verdict ? this.#settle(pending, verdict) : 0;
        if (pause === 0) continue;
        await wait(pause, undefined, { signal: this.#draining.signal }).catch(() => undefined);
        if (this.#draining.signal.aborted) return;
      } else {
        if (this.#draining.signal.aborted) return;
        await backlog.added();
      }
    }
  }

  /** undefined: stopped. */
  async #try(pending: Pending): Promise<Verdict | undefined> {
    const { transport, finish } = this.#options;
    try {
      return judge(await transport.submit(pending, finish(pending), this.#stopped.signal), Date.now());
    } catch (error) {
      if (this.#stopped.signal.aborted) return undefined;
      return { kind: 'again', why: describe(error), waitMillis: undefined };
    }
  }

  /** Does what the verdict asks for; gives the pause before the next try, milliseconds. */
  #settle(pending: Pending, verdict: Verdict): number {
    const { backlog, lose, log, retry, refusedRetry, spoolFolder } = this.#options;
    switch (verdict.kind) {
      case 'accepted': {
        backlog.done(pending);
        const { state, trouble } = this.#state;
        if (state !== 'connected')
          log.info({ ...(trouble && { after: trouble }) }, 'Connected: the server takes events');
        const acceptedEvents = this.#state.acceptedEvents + pending.events;
        this.#failures = 0;
        this.#state = { state: 'connected', lastAcceptedAt: Date.now(), trouble: undefined, acceptedEvents };
        return 0;
      }
      case 'unacceptable': {
        const file = setAside(spoolFolder, pending);
        lose('submission.rejected', pending.events);
        log.error(
          { why: verdict.why, events: pending.events, file },
          'The server will never take this batch: set aside',
        );
        backlog.done(pending);
        return 0;
      }
      case 'again':
        this.#failures++;
        this.#trouble('unreachable', verdict.why, () =>
          log.warn({ why: verdict.why }, 'The server takes no events now; they are kept, trying on'),
        );
        return Math.max(verdict.waitMillis ?? 0, backoff(this.#failures, Math.random(), retry));
      case 'refused':
        this.#failures++;
        this.#trouble('refused', verdict.why, () =>
          log.error(
            { why: verdict.why, advice: verdict.advice },
            'The server refuses this endpoint; events are kept, trying on slowly',
          ),
        );
        return backoff(this.#failures, Math.random(), refusedRetry);
      default:
        return verdict satisfies never;
    }
  }

  /** One line when a trouble begins or becomes another, not one a try. */
  #trouble(state: 'unreachable' | 'refused', why: string, report: () => void): void {
    const isNew = this.#state.state !== state || this.#state.trouble !== why;
    this.#state = { ...this.#state, state, trouble: why };
    if (isNew) report();
  }
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message || (code ?? String(error));
}
