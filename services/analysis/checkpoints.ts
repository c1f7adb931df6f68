/**
 * When what was learned is written. A checkpoint is taken between two deliveries, never while findings are not recorded yet:
 * what it holds and what was recorded agree. It is copied at once and written while the analysis goes on, one at a time.
 *
 * Of many endpoints that change all the time a checkpoint is large, and the next one holds the same ones again: it waits longer,
 * so that writing takes a twentieth of the time at most, but not for ever, and not once nothing comes any more: then it is written soon.
 */

import type { Logger } from 'pino';
import { type AnalysisStore, AnalysisStoreUnavailable, PartitionsLost, type Place } from '../ports/analysis-store.ts';
import type { Delivery, Position } from '../ports/bus.ts';
import type { AnalysisMetrics } from './metrics.ts';
import { digestOf } from './places.ts';
import type { Residents } from './residents.ts';

/** How long after a checkpoint the next one begins: so many times what it took, up to so many milliseconds. */
const rest = { times: 20, mostMillis: 30_000 };
/** Nothing comes any more where nothing came for so many milliseconds. */
export const quietMillis = 250;

interface Options {
  readonly store: AnalysisStore;
  readonly residents: Residents;
  readonly log: Logger;
  readonly metrics: AnalysisMetrics;
  /** From the beginning of a checkpoint to that of the next, at least. */
  readonly everyMillis: number;
  /** By what claim each partition is ours. */
  readonly epochs: ReadonlyMap<number, number>;
  /** Another analysis has claimed partitions that the bus has not taken from this one: told once a checkpoint. */
  lost(partitions: readonly number[]): void;
}

export class Checkpoints {
  readonly #options: Options;
  /** Passed since the last checkpoint that was written or is being written. */
  #positions = new Map<number, Place>();
  #betweenDeliveries = true;
  #due = false;
  /** Deliveries have passed since the last look. */
  #busy = false;
  /** When the last one began, and until when the next one waits while deliveries come; milliseconds of `performance.now`. */
  #begun = 0;
  #restsUntil = 0;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #commit: (position: Position) => Promise<void> = async () => undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** `commit` tells the bus what is not needed any more. */
  start(commit: (position: Position) => Promise<void>): void {
    this.#commit = commit;
    this.#begun = performance.now();
    this.#timer = setInterval(() => this.#look(), Math.min(this.#options.everyMillis, quietMillis));
    this.#timer.unref();
  }

  /** The partitions are another's: resolves when nothing of them is being written any more. */
  async disowned(partitions: readonly number[]): Promise<void> {
    await this.#writing;
    for (const partition of partitions) this.#positions.delete(partition);
  }

  /** A delivery is being analysed: until it has passed there is no checkpoint. */
  enter(): void {
    this.#betweenDeliveries = false;
  }

  /** The messages were analysed and their findings are recorded. */
  passed(messages: readonly Delivery[]): void {
    const last = new Map(messages.map(message => [message.position.partition, message]));
    for (const [partition, message] of last) {
      this.#positions.set(partition, { offset: message.position.offset, digest: digestOf(message) });
    }
    this.#betweenDeliveries = true;
    this.#busy = true;
    this.#maybe();
  }

  /** Writes what there is; resolves when it is written or was refused. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#due = true;
    this.#maybe();
    await this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  #look(): void {
    // How long the next one waits is known when this one is written.
    if (this.#writing) return;
    const now = performance.now();
    const isQuiet = !this.#busy && this.#betweenDeliveries;
    this.#busy = false;
    this.#due ||= now - this.#begun >= this.#options.everyMillis && (isQuiet || now >= this.#restsUntil);
    this.#maybe();
  }

  #maybe(): void {
    if (!this.#due || !this.#betweenDeliveries || this.#writing || this.#positions.size === 0) return;
    this.#due = false;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  async #write(): Promise<void> {
    const { residents, store, metrics, epochs } = this.#options;
    const changes = residents.takeChanges();
    const positions = this.#positions;
    this.#positions = new Map();
    const done = metrics.checkpointSeconds.startTimer();
    const begun = performance.now();
    this.#begun = begun;
    try {
      await store.checkpoint({ positions, epochs, ...changes });
    } catch (error) {
      residents.putBack(changes);
      this.#positions = new Map([...positions, ...this.#positions]);
      if (error instanceof PartitionsLost) this.#options.lost(error.partitions);
      else this.#failed(error);
      return;
    }
    done();
    this.#failing = false;
    const ended = performance.now();
    this.#restsUntil = ended + Math.min((ended - begun) * rest.times, rest.mostMillis);
    residents.shrink();
    for (const [partition, { offset }] of positions) {
      await this.#commit({ partition, offset }).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'The bus did not take a commit; the next one will say the same');
      });
    }
  }

  #failed(error: unknown): void {
    const { log } = this.#options;
    if (!(error instanceof AnalysisStoreUnavailable)) log.error({ err: error }, 'A checkpoint was refused');
    else if (!this.#failing) log.warn({ err: error }, 'A checkpoint could not be written; the next one holds it too');
    this.#failing = true;
  }
}
