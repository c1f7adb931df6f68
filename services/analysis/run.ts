/**
 * The analysis service: events from the bus in, findings into the control store.
 *
 * Findings are recorded at the end of the delivery that gave them (intake.ts). What was learned is checkpointed every few seconds,
 * or less often where a checkpoint is large (checkpoints.ts), together with the position in the bus; after a crash the batches since
 * then are analysed again, from the same state and with the same result, and findings that were counted are recognised by their
 * sequence numbers.
 */

import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { type BaselinePolicy, defaultPolicy } from '../domain/baselines/policy.ts';
import type { AnyDetector } from '../domain/detectors/detector.ts';
import { rules as builtIn } from '../domain/rules/index.ts';
import { type AnalysisStore, PartitionsLost } from '../ports/analysis-store.ts';
import { type Bus, BusBeganAnew, type Consumer, type Delivery } from '../ports/bus.ts';
import type { Decoder } from '../ports/decoder.ts';
import { Patience } from '../ports/patience.ts';
import { Pulse } from '../ports/pulse.ts';
import { subscribeAgain } from '../ports/subscribe-again.ts';
import { AlertFeed } from './alert-feed.ts';
import { Analysis } from './analysis.ts';
import { Checkpoints } from './checkpoints.ts';
import { analyseAll, type Intake } from './intake.ts';
import { analysisMetrics } from './metrics.ts';
import { Places } from './places.ts';
import { Recording } from './recording.ts';
import { defaultLimits, type ResidentLimits, Residents } from './residents.ts';
import { SilenceWatch } from './silence.ts';
import { controlStoreAway } from './store-away.ts';

/** Findings come so many milliseconds later at most where the bus takes its time. */
const gatherMillis = 100;

export interface AnalysisConfig {
  /** Milliseconds between checkpoints; default 3,000. */
  readonly checkpointMillis?: number;
  /** Bytes of submissions, compressed, taken from the bus at a time; default 1 MiB. */
  readonly maxBytes?: number;
  /** Milliseconds between two looks for endpoints that are not heard any more; default 5,000. */
  readonly silenceMillis?: number;
  /** Milliseconds between two looks for changes of alerts that are to go onto the bus; default 1,000. */
  readonly feedMillis?: number;
  /** Changes of alerts that may wait for the bus; default 50,000, about 50 MB of the control store. */
  readonly feedBound?: number;
  readonly policy?: Partial<BaselinePolicy>;
  readonly limits?: Partial<ResidentLimits>;
  /** Default: the built-in ones. */
  readonly rules?: readonly AnyDetector[];
}

export interface AnalysisDependencies {
  readonly bus: Bus;
  readonly decoder: Decoder;
  readonly store: AnalysisStore;
  readonly log: Logger;
  readonly metrics: Registry;
}

export interface AnalysisService {
  /** Why it hangs, in one line; `undefined` while it works or waits. */
  trouble(): string | undefined;
  /** Finishes the delivery under way, writes a last checkpoint and stops. The bus and the store stay open. */
  close(): Promise<void>;
}

/** Rejects where the bus can't be subscribed to. */
export async function runAnalysis(
  config: AnalysisConfig,
  dependencies: AnalysisDependencies,
): Promise<AnalysisService> {
  const { bus, decoder, store, log, metrics: registry } = dependencies;
  const stopping = new AbortController();
  const residents = new Residents({ ...defaultPolicy, ...config.policy }, { ...defaultLimits, ...config.limits });
  const metrics = analysisMetrics(registry, residents);
  const pulse = new Pulse();
  const patience = new Patience(controlStoreAway(log), stopping.signal, pulse);
  const analysis = new Analysis(config.rules ?? builtIn, residents);
  /** Of each partition that is ours, by what claim. */
  const epochs = new Map<number, number>();
  const places = new Places();
  const checkpoints = new Checkpoints({
    store,
    residents,
    log,
    metrics,
    everyMillis: config.checkpointMillis ?? 3_000,
    epochs,
    lost: partitions => beginAnew(new PartitionsLost(partitions)),
  });
  const recording = new Recording({ store, patience, metrics, log, epochs });
  const intake: Intake = { analysis, recording, store, patience, metrics, bus, decoder, log };
  let restarting: Promise<void> | undefined;

  const forget = async (partitions: readonly number[]): Promise<void> => {
    await checkpoints.disowned(partitions);
    residents.forget(partitions);
    recording.forget(partitions);
    for (const partition of partitions) epochs.delete(partition);
  };
  const subscribe = (): Promise<Consumer> =>
    bus.subscribe({
      topic: 'events',
      group: 'analysis',
      maxBytes: config.maxBytes ?? 1 << 20,
      gatherMillis,
      alive: () => pulse.beat(),
      async from(partition) {
        const { epoch, position } = await patience.until(() => store.claim(partition));
        epochs.set(partition, epoch);
        return places.from(partition, position);
      },
      async handle(deliveries) {
        if (restarting) throw new Error('the analysis begins anew where the store stands');
        checkpoints.enter();
        let fresh: readonly Delivery[];
        try {
          fresh = places.beyond(deliveries);
          await analyseAll(intake, fresh);
        } catch (error) {
          if (error instanceof PartitionsLost || error instanceof BusBeganAnew) beginAnew(error);
          throw error;
        }
        checkpoints.passed(fresh);
      },
      settle: () => checkpoints.flush(),
      taken: forget,
    });
  let consumer = await subscribe();
  checkpoints.start(position => consumer.commit(position));
  const silence = new SilenceWatch({ store, log, metrics, everyMillis: config.silenceMillis ?? 5_000 });
  silence.start();
  const feed = new AlertFeed({
    ...{ store, bus, log, metrics },
    everyMillis: config.feedMillis ?? 1_000,
    bound: config.feedBound ?? 50_000,
  });
  feed.start();

  /**
   * Another has claimed partitions, and the bus has not said so yet or it did so too late: what is known of them here is old either
   * way. Or the bus does not hold any more what it did.
   */
  const beginAnew = (reason: PartitionsLost | BusBeganAnew): void => {
    if (restarting || stopping.signal.aborted) return;
    log.warn({ err: reason }, 'The analysis begins anew where the store stands');
    restarting = (async () => {
      await consumer.close().catch((error: unknown) => {
        log.warn({ err: error }, 'The consumer that there was could not be closed in order');
      });
      await forget([...epochs.keys()]);
      consumer = await subscribeAgain(subscribe, log, stopping.signal);
    })();
    restarting
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.fatal({ err: error }, 'The analysis could not begin anew');
      })
      .finally(() => {
        restarting = undefined;
      });
  };

  return {
    trouble: () => pulse.trouble(),
    async close() {
      stopping.abort(new Error('the analysis is closing'));
      await silence.close();
      await restarting?.catch(() => undefined);
      await consumer.close();
      await checkpoints.close();
      await feed.close();
    },
  };
}
