/** Looks now and then for endpoints that are not heard any more. What that means is decided in domain/sensor/silent.ts. */

import type { Logger } from 'pino';
import { type Micros, micros } from '../domain/events/ids.ts';
import { judgeSilence } from '../domain/sensor/silent.ts';
import { type AnalysisStore, AnalysisStoreUnavailable } from '../ports/analysis-store.ts';
import type { AnalysisMetrics } from './metrics.ts';

interface Options {
  readonly store: AnalysisStore;
  readonly log: Logger;
  readonly metrics: AnalysisMetrics;
  readonly everyMillis: number;
}

export class SilenceWatch {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.look(micros(Date.now() * 1000)).finally(() => {
        this.#looking = undefined;
      });
    }, this.#options.everyMillis);
    this.#timer.unref();
  }

  /** One look, as of `now`. A store that is away hears of it the next time: the rest of the analysis says that it is. */
  async look(now: Micros): Promise<void> {
    const { store, log, metrics } = this.#options;
    try {
      const outcomes = await store.watchSilence(now, (heard, receptions) => judgeSilence(heard, receptions, now));
      for (const outcome of outcomes) metrics.findings.inc({ outcome });
    } catch (error) {
      if (!(error instanceof AnalysisStoreUnavailable)) log.error({ err: error }, 'The look for silent hosts failed');
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}
