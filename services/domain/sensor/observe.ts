/** Every detector that looks at the sensor itself, and what they make of a batch. A new one is a file and a line here. */

import type { Finding } from '../alerts/finding.ts';
import { storable } from '../alerts/storable.ts';
import { type EndpointId, execId, type Micros, micros, type StreamId } from '../events/ids.ts';
import { clockJump } from './clock-jump.ts';
import { commandRefused, isolationLifted, witnessLost } from './command-refused.ts';
import { configChanged } from './config-changed.ts';
import { gap } from './gap.ts';
import { hookDetached, hookMissing } from './hook-missing.ts';
import { hostDown, killed } from './killed.ts';
import { lateStart } from './late-start.ts';
import { loss, toleratedLosses } from './loss.ts';
import { type Observation, remember, type SensorDetector, type SensorFound, type SensorRecord } from './observation.ts';
import { newStream, spoolLost } from './spool-lost.ts';
import { stalled } from './stalled.ts';
import { stopped, uninstalled } from './stopped.ts';
import { unsaidEnd } from './unsaid-end.ts';

export const sensorDetectors: readonly SensorDetector[] = [
  gap,
  loss,
  killed,
  hostDown,
  lateStart,
  spoolLost,
  newStream,
  unsaidEnd,
  clockJump,
  configChanged,
  hookMissing,
  hookDetached,
  stalled,
  stopped,
  uninstalled,
  commandRefused,
  isolationLifted,
  witnessLost,
];

/** What had begun without an end has one. */
export interface Recovery {
  readonly endpoint: EndpointId;
  readonly detector: string;
  readonly at: Micros;
}

export interface Observed {
  readonly findings: readonly Finding[];
  readonly over: readonly Recovery[];
  readonly record: SensorRecord;
}

/** Undefined for a batch that is older than the newest one seen of its boot, or says no time: it tells nothing new. */
export function observe(seen: Omit<Observation, 'now'>): Observed | undefined {
  const { batch, before } = seen;
  const { wallMicros, bootMicros } = batch.clock;
  if (wallMicros <= 0 || bootMicros <= 0 || wallMicros > largest || bootMicros > largest) return undefined;
  if (before?.boot === batch.boot && bootMicros <= before.bootMicros) return undefined;
  const observation = { ...seen, now: micros(wallMicros) };
  const blind = new Set(before?.blind);
  const over: Recovery[] = [];
  for (const { id, isOver } of sensorDetectors) {
    if (!blind.has(id) || !isOver?.(observation)) continue;
    blind.delete(id);
    over.push({ endpoint: batch.endpoint, detector: id, at: observation.now });
  }
  const findings = sensorDetectors.flatMap(detector =>
    detector.detect(observation).map(found => {
      if (found.blind && found.blind.until === undefined) blind.add(detector.id);
      return findingOf(detector, found, observation);
    }),
  );
  return { findings, over, record: remember(observation, [...blind], toleratedLosses(observation)) };
}

/** Microseconds that a timestamp of the control store and of JavaScript can hold: the year 2200. */
const largest = 7_258_118_400_000_000;

function findingOf(detector: SensorDetector, found: SensorFound, { batch, now }: Observation): Finding {
  const lineage = found.lineage ?? [];
  return {
    detector: detector.id,
    title: detector.title,
    severity: found.severity ?? detector.severity,
    techniques: detector.techniques,
    endpoint: batch.endpoint,
    program: 'monitoringAgent',
    deviation: storable(found.deviation),
    time: now,
    // A batch without events has no number of its own; a moment of a boot comes once.
    stream: batch.boot as string as StreamId,
    sequence: batch.clock.bootMicros,
    execId: lineage.at(-1)?.execId ?? execId(batch.boot, 0, 0),
    count: 1,
    evidence: { reason: found.reason, saw: found.saw, usual: [], ancestry: lineage },
    ...(found.blind ? { blind: found.blind } : {}),
  };
}
