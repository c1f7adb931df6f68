/**
 * The analysis service: events from the bus in, findings into the control store.
 *
 * Findings are recorded at the end of the delivery that gave them, which is at once. What was learned is checkpointed every few seconds together with the
 * position in the bus; after a crash the batches since then are analysed again, from the same state and with the same result,
 * and findings that were counted are recognised by their sequence numbers.
 */

import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { BaselineKey } from '../domain/baselines/baseline.ts';
import { type BaselinePolicy, defaultPolicy } from '../domain/baselines/policy.ts';
import type { AnyDetector } from '../domain/detectors/detector.ts';
import type { EndpointId } from '../domain/events/ids.ts';
import { rules as builtIn } from '../domain/rules/index.ts';
import { type AnalysisStore, PartitionsLost } from '../ports/analysis-store.ts';
import type { Bus, Consumer, Delivery } from '../ports/bus.ts';
import type { Decoder } from '../ports/decoder.ts';
import { AlertFeed } from './alert-feed.ts';
import { type Analysed, Analysis } from './analysis.ts';
import type { BatchView } from './batch-view.ts';
import { Breath } from './breath.ts';
import { Checkpoints } from './checkpoints.ts';
import { type AnalysisMetrics, analysisMetrics } from './metrics.ts';
import { Patience } from './patience.ts';
import { Recording } from './recording.ts';
import { defaultLimits, type ResidentLimits, Residents } from './residents.ts';
import { SilenceWatch } from './silence.ts';

/** Compressed bytes of submissions that are decoded before the first of them is analysed. */
const groupBytes = 64 << 10;
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
  const patience = new Patience(log, stopping.signal);
  const analysis = new Analysis(config.rules ?? builtIn, residents);
  /** Of each partition that is ours, by what claim. */
  const epochs = new Map<number, number>();
  const checkpoints = new Checkpoints({
    store,
    residents,
    log,
    metrics,
    everyMillis: config.checkpointMillis ?? 3_000,
    epochs,
    lost: partitions => beginAnew(partitions),
  });
  const recording = new Recording({ store, patience, metrics, log, epochs });
  const pipeline: Pipeline = { analysis, recording, store, patience, metrics, bus, decoder, log };
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
      async from(partition) {
        const { epoch, position } = await patience.until(() => store.claim(partition));
        epochs.set(partition, epoch);
        return position === undefined ? undefined : position + 1;
      },
      async handle(deliveries) {
        if (restarting) throw new Error('a partition was lost, and the analysis begins anew where the store stands');
        checkpoints.enter();
        try {
          await analyseAll(pipeline, deliveries);
        } catch (error) {
          if (error instanceof PartitionsLost) beginAnew(error.partitions);
          throw error;
        }
        checkpoints.passed(deliveries);
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

  /** The bus has not said so yet, or another claimed too late what it had lost: what is known of them here is old either way. */
  const beginAnew = (partitions: readonly number[]): void => {
    if (restarting || stopping.signal.aborted) return;
    log.warn({ partitions }, 'Another analysis has claimed partitions; this one begins anew where the store stands');
    restarting = (async () => {
      await consumer.close();
      await forget([...epochs.keys()]);
      consumer = await subscribe();
    })();
    restarting
      .catch((error: unknown) => log.error({ err: error }, 'The bus could not be subscribed to again'))
      .finally(() => {
        restarting = undefined;
      });
  };

  return {
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

interface Pipeline {
  readonly analysis: Analysis;
  readonly recording: Recording;
  readonly store: AnalysisStore;
  readonly patience: Patience;
  readonly metrics: AnalysisMetrics;
  readonly bus: Bus;
  readonly decoder: Decoder;
  readonly log: Logger;
}

/** Resolves when what was found is recorded. */
async function analyseAll(pipeline: Pipeline, deliveries: readonly Delivery[]): Promise<void> {
  const breath = new Breath();
  for (const some of inGroups(deliveries)) {
    const read = await Promise.all(some.map(delivery => readOne(pipeline, delivery)));
    await admitAll(pipeline, read);
    for (const one of read) {
      await analyseOne(pipeline, one);
      await breath.maybe();
    }
  }
  await pipeline.recording.flush();
}

/** Small submissions of many endpoints share the questions to the store; of large ones few are decoded at a time. */
function* inGroups(deliveries: readonly Delivery[]): Generator<readonly Delivery[]> {
  let group: Delivery[] = [];
  let bytes = 0;
  for (const delivery of deliveries) {
    group.push(delivery);
    bytes += delivery.value.length;
    if (bytes < groupBytes) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

/** A delivery with its batch, or why there is none. */
interface Read {
  readonly delivery: Delivery;
  readonly view: BatchView | undefined;
  readonly needs: readonly BaselineKey[];
  readonly unreadable: { readonly reason: string; readonly detail: string } | undefined;
}

async function readOne({ analysis, decoder }: Pipeline, delivery: Delivery): Promise<Read> {
  const read = await decoder.decode(delivery.value, delivery.headers['encoding'] ?? 'identity');
  if (!read.ok) return { delivery, view: undefined, needs: [], unreadable: read };
  const view = analysis.view(read.batch);
  return { delivery, view, needs: view.baselines(), unreadable: undefined };
}

async function analyseOne(pipeline: Pipeline, { delivery, view, needs, unreadable }: Read): Promise<void> {
  const { analysis, metrics } = pipeline;
  if (view === undefined) return bury(pipeline, delivery, unreadable!.reason, unreadable!.detail);
  const { partition } = delivery.position;
  await admit(pipeline, [{ endpoint: view.batch.endpoint, partition }], needs);
  const analysed = analyse(analysis, view);
  if (analysed instanceof Error) {
    pipeline.log.error({ err: analysed, endpoint: delivery.key }, 'A batch could not be analysed');
    return bury(pipeline, delivery, 'analysis-failed', analysed.message);
  }
  metrics.events.inc(analysed.events);
  metrics.duplicates.inc(analysed.duplicates);
  metrics.missing.inc(analysed.missing);
  await pipeline.recording.add(analysed, Number(delivery.headers['received']), partition);
}

/** An exception is a bug in a rule: it must not stop everybody else's events. */
function analyse(analysis: Analysis, view: BatchView): Analysed | Error {
  try {
    return analysis.analyse(view);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What can't be read now never will be: it goes aside with its reason, and the rest goes on. */
async function bury(
  { bus, metrics, log }: Pipeline,
  delivery: Delivery,
  reason: string,
  detail: string,
): Promise<void> {
  const { key, value, headers, position } = delivery;
  metrics.poison.inc();
  log.error({ endpoint: key, position, reason, detail }, 'A batch went to the dead-letter topic');
  await bus.publish('dead-letter', [{ key, value, headers: { ...headers, by: 'analysis', reason, detail } }]);
}

interface Heard {
  readonly endpoint: EndpointId;
  /** By which partition of the bus. */
  readonly partition: number;
}

const admitAll = (pipeline: Pipeline, read: readonly Read[]): Promise<void> =>
  admit(
    pipeline,
    read.flatMap(({ delivery, view }) =>
      view ? [{ endpoint: view.batch.endpoint, partition: delivery.position.partition }] : [],
    ),
    read.flatMap(({ needs }) => needs),
  );

/** Fetches what is needed and not in memory. While it waits, a checkpoint may drop something: so it looks again. */
async function admit(
  { store, patience, analysis: { residents } }: Pipeline,
  heard: readonly Heard[],
  needs: readonly BaselineKey[],
): Promise<void> {
  for (;;) {
    const strangers = new Map(
      heard.filter(({ endpoint }) => !residents.hasEndpoint(endpoint)).map(one => [one.endpoint, one.partition]),
    );
    if (strangers.size > 0) {
      const stored = await patience.until(() => store.endpoints([...strangers.keys()]));
      const known = new Map(stored.map(one => [one.endpoint, one]));
      for (const [endpoint, partition] of strangers) residents.admitEndpoint(endpoint, known.get(endpoint), partition);
      continue;
    }
    const missing = residents.missing(needs);
    if (missing.length === 0) return;
    residents.admit(missing, await patience.until(() => store.baselines(missing)));
  }
}
