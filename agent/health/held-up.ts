/**
 * Time in which the agent was there and not let run: SIGSTOP, a frozen cgroup, a debugger, a starved host. Told from the
 * host's own sleep by CLOCK_MONOTONIC, which stands still in that. Who did it is known once what waited in the ring has been
 * read, the start of the sender among it; so it is told some seconds after.
 */

import type { SentSignal } from '@picket/native';
import type { SignalSent } from '@picket/proto';

/** How long in all, microseconds, and who it was the last time where that is known. */
export interface HeldUpTold {
  readonly micros: number;
  readonly by: SignalSent | null;
}

/** What a look sees; times are microseconds since the epoch, of `steadyMillis` alone CLOCK_MONOTONIC. */
export interface Look {
  readonly steadyMillis: number;
  readonly now: number;
  readonly boot: number;
  /** The last signal that stopped this process. */
  readonly stop: SentSignal | undefined;
}

interface Untold {
  readonly micros: number;
  readonly since: number;
  readonly stop: SentSignal | undefined;
  /** When that was sent, microseconds since the epoch. */
  readonly stopped: number;
  by: SignalSent | undefined;
}

/** What a timer may be late, milliseconds. */
const tolerated = 1_000;
/** Clocks are read one after the other, microseconds between them. */
const slack = 500_000;
/** On a host where nothing happens no event says that the ring has been read; microseconds. */
const patience = 10_000_000;

export class HeldUp {
  readonly #everyMillis: number;
  readonly #senderOf: (sent: SentSignal) => SignalSent;
  #last: number;
  #micros = 0;
  #untold: Untold | undefined;
  #newest = 0;
  #told: HeldUpTold = { micros: 0, by: null };

  /** `steadyMillis` is CLOCK_MONOTONIC, of which `look` is to be called every so often. */
  constructor(everyMillis: number, steadyMillis: number, senderOf: (sent: SentSignal) => SignalSent) {
    this.#everyMillis = everyMillis;
    this.#last = steadyMillis;
    this.#senderOf = senderOf;
  }

  get told(): HeldUpTold {
    return this.#told;
  }

  /** Events up to this time have been taken in: the sender is asked for at once, for what has ended is forgotten after a while. */
  read(time: number): void {
    this.#newest = Math.max(this.#newest, time);
    const untold = this.#untold;
    if (untold?.stop && !untold.by && time >= untold.stopped) untold.by = this.#senderOf(untold.stop);
  }

  /** Whether there is something new to tell. */
  look({ steadyMillis, now, boot, stop }: Look): boolean {
    const late = steadyMillis - this.#last - this.#everyMillis;
    this.#last = steadyMillis;
    const tells = this.#untold && (this.#newest >= this.#untold.since || now - this.#untold.since >= patience);
    if (tells) this.#tell(this.#untold!);
    if (late >= tolerated) {
      this.#micros += Math.round(late * 1000);
      // A stop of which nobody saw the sender is told without one.
      const began = now - boot - (late + this.#everyMillis) * 1000 - slack;
      const fresh = stop && stop.bootMicros >= began;
      this.#untold = {
        ...(fresh || !this.#untold
          ? { stop: fresh ? stop : undefined, stopped: boot + (stop?.bootMicros ?? 0), by: undefined }
          : this.#untold),
        micros: this.#micros,
        since: this.#untold?.since ?? now,
      };
    }
    return tells ?? false;
  }

  #tell({ micros, stop, by }: Untold): void {
    this.#told = { micros, by: by ?? (stop ? this.#senderOf(stop) : null) };
    this.#untold = undefined;
  }
}
