/** Deliveries of the bus become findings: decoded, with what their programs are known for at hand, analysed one after the other. */

import type { Logger } from 'pino';
import type { BaselineKey } from '../domain/baselines/baseline.ts';
import type { EndpointId } from '../domain/events/ids.ts';
import type { AnalysisStore } from '../ports/analysis-store.ts';
import type { Bus, Delivery } from '../ports/bus.ts';
import type { Decoder } from '../ports/decoder.ts';
import type { Patience } from '../ports/patience.ts';
import type { Analysed, Analysis } from './analysis.ts';
import type { BatchView } from './batch-view.ts';
import { Breath } from './breath.ts';
import type { AnalysisMetrics } from './metrics.ts';
import type { Recording } from './recording.ts';

/** Compressed bytes of submissions that are decoded before the first of them is analysed. */
const groupBytes = 64 << 10;

export interface Intake {
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
export async function analyseAll(intake: Intake, deliveries: readonly Delivery[]): Promise<void> {
  const breath = new Breath();
  for (const some of inGroups(deliveries)) {
    const read = await Promise.all(some.map(delivery => readOne(intake, delivery)));
    await admitAll(intake, read);
    for (const one of read) {
      await analyseOne(intake, one);
      await breath.maybe();
    }
  }
  await intake.recording.flush();
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

async function readOne({ analysis, decoder }: Intake, delivery: Delivery): Promise<Read> {
  const read = await decoder.decode(delivery.value, delivery.headers['encoding'] ?? 'identity');
  if (!read.ok) return { delivery, view: undefined, needs: [], unreadable: read };
  const view = analysis.view(read.batch);
  return { delivery, view, needs: view.baselines(), unreadable: undefined };
}

async function analyseOne(intake: Intake, { delivery, view, needs, unreadable }: Read): Promise<void> {
  const { analysis, metrics } = intake;
  if (view === undefined) return bury(intake, delivery, unreadable!.reason, unreadable!.detail);
  const { partition } = delivery.position;
  await admit(intake, [{ endpoint: view.batch.endpoint, partition }], needs);
  const analysed = analyse(analysis, view);
  if (analysed instanceof Error) {
    intake.log.error({ err: analysed, endpoint: delivery.key }, 'A batch could not be analysed');
    return bury(intake, delivery, 'analysis-failed', analysed.message);
  }
  metrics.events.inc(analysed.events);
  metrics.duplicates.inc(analysed.duplicates);
  metrics.missing.inc(analysed.missing);
  await intake.recording.add(analysed, Number(delivery.headers['received']), partition);
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
async function bury({ bus, metrics, log }: Intake, delivery: Delivery, reason: string, detail: string): Promise<void> {
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

const admitAll = (intake: Intake, read: readonly Read[]): Promise<void> =>
  admit(
    intake,
    read.flatMap(({ delivery, view }) =>
      view ? [{ endpoint: view.batch.endpoint, partition: delivery.position.partition }] : [],
    ),
    read.flatMap(({ needs }) => needs),
  );

/** Fetches what is needed and not in memory. While it waits, a checkpoint may drop something: so it looks again. */
async function admit(
  { store, patience, analysis: { residents } }: Intake,
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
