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
  /** When it was noticed, by both clocks. */
  readonly since: number;
  readonly sinceSteadyMillis: number;
  readonly stop: SentSignal | undefined;
  /** When that was sent, microseconds since the epoch. */
  readonly stopped: number;
  by: SignalSent | undefined;
}

/** What a timer may be late, milliseconds. */
const tolerated = 1_000;
/** Clocks are read one after the other, microseconds between them. */
const slack = 500_000;
/** On a host where nothing happens no event says that the ring has been read; milliseconds. */
const patience = 5_000;

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
    const tells = this.#isRead(steadyMillis);
    if (tells) this.settle();
    if (late < tolerated) return tells;
    this.#micros += Math.round(late * 1000);
    // A stop of which nobody saw the sender is told without one.
    const began = now - boot - (late + this.#everyMillis) * 1000 - slack;
    const recent = stop && stop.bootMicros >= began ? stop : undefined;
    const earlier = this.#untold;
    if (!earlier) this.#newest = 0;
    this.#untold = {
      ...(recent || !earlier ? { stop: recent, stopped: boot + (recent?.bootMicros ?? 0), by: undefined } : earlier),
      micros: this.#micros,
      since: earlier?.since ?? now,
      sinceSteadyMillis: earlier?.sinceSteadyMillis ?? steadyMillis,
    };
    return tells;
  }

  /** Nothing stays untold: the ring has been read, or will not be. */
  settle(): void {
    if (!this.#untold) return;
    const { micros, stop, by } = this.#untold;
    this.#told = { micros, by: by ?? (stop ? this.#senderOf(stop) : null) };
    this.#untold = undefined;
  }

  #isRead(steadyMillis: number): boolean {
    if (!this.#untold) return false;
    const { since, sinceSteadyMillis } = this.#untold;
    return this.#newest >= since || steadyMillis - sinceSteadyMillis >= patience;
  }
}
