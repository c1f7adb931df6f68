/** Keeps this host isolated for as long as it is to be: over restarts of the agent, against whoever lifts it, up to its time limit. */

import type { Logger } from 'pino';
import type { HostNetwork } from './host-network.ts';
import type { Ending } from './report.ts';
import type { KeptIsolation } from './state.ts';

export interface IsolationOptions {
  readonly network: HostNetwork;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly lose: (name: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What is noted now; null: this host is not to be isolated. */
  noted(): KeptIsolation | null;
  note(isolation: KeptIsolation | null): void;
  /** It ended by its time limit: the server is to know. */
  ended(): void;
}

/** How often the agent looks whether the isolation is in force. */
const lookMillis = 2_000;
const longestTimer = 2 ** 31 - 1;

export class IsolationKeeper {
  readonly #options: IsolationOptions;
  #limit: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;

  constructor(options: IsolationOptions) {
    this.#options = options;
  }

  /** Puts an isolation back that was in force when the agent ended. */
  start(): void {
    const noted = this.#options.noted();
    if (noted) this.#resume(noted);
    else this.#dropLeftovers();
    this.#look = setInterval(() => this.#mend(), lookMillis);
  }

  /** It stays in force. */
  close(): void {
    clearTimeout(this.#limit);
    clearInterval(this.#look);
  }

  /** Rejects where the server's address is not to be found or the kernel refuses. */
  async isolate(minutes: number | null): Promise<Ending> {
    const { network, now, noted, note } = this.#options;
    const before = noted();
    const addresses = before?.addresses ?? (await network.serverAddresses());
    const sinceMicros = before?.sinceMicros ?? now() * 1000;
    const untilMicros = minutes === null ? null : now() * 1000 + minutes * 60_000_000;
    const fleeting = network.isolate({ addresses, untilMicros });
    note({ sinceMicros, untilMicros, fleeting, addresses });
    this.#watchLimit();
    const until = untilMicros === null ? 'until it is released' : `until ${new Date(untilMicros / 1000).toISOString()}`;
    const weak = fleeting === '' ? '' : `. It holds only while the agent runs (${fleeting})`;
    return { outcome: 'done', detail: `The host reaches nothing but this server, ${until}${weak}` };
  }

  /** Throws where the kernel refuses. */
  release(): Ending {
    const { network, noted, note } = this.#options;
    const was = noted();
    network.release();
    clearTimeout(this.#limit);
    note(null);
    return { outcome: 'done', detail: was ? 'The host has its network again' : 'The host was not isolated' };
  }

  #resume(isolation: KeptIsolation): void {
    const { network, now, log, note } = this.#options;
    if (isolation.untilMicros !== null && isolation.untilMicros <= now() * 1000) {
      this.#endByLimit();
      return;
    }
    try {
      note({ ...isolation, fleeting: network.isolate(isolation) });
      log.warn('This host is isolated: it goes on, as it was before the agent was started');
    } catch (error) {
      log.error(
        { why: (error as Error).message },
        'This host is to be isolated, and the agent cannot do it; trying on',
      );
    }
    this.#watchLimit();
  }

  /** Of an agent before this one, whose notes are gone. */
  #dropLeftovers(): void {
    try {
      this.#options.network.release();
    } catch {
      // This host cannot be isolated; so nothing was.
    }
  }

  /** The kernel programs end by themselves at that time; here it is noted, and told. */
  #watchLimit(): void {
    clearTimeout(this.#limit);
    const until = this.#options.noted()?.untilMicros ?? null;
    if (until === null) return;
    const left = until / 1000 - this.#options.now();
    this.#limit = setTimeout(
      () => (left > longestTimer ? this.#watchLimit() : this.#endByLimit()),
      Math.max(0, Math.min(left, longestTimer)),
    );
  }

  #endByLimit(): void {
    this.release();
    this.#options.log.warn('The time of the isolation is over: this host has its network again');
    this.#options.ended();
  }

  /** Somebody took the kernel programs away, or they could not be put there before. */
  #mend(): void {
    const { network, lose, log, noted } = this.#options;
    const isolation = noted();
    if (!isolation || network.intact) return;
    lose('isolation.lifted');
    try {
      network.isolate(isolation);
      log.error('Somebody lifted the isolation of this host; it is in force again');
    } catch {
      // Said at the start.
    }
  }
}
