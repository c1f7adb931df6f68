/** How the run of the agent before this one ended, where that was not in order. */

import { PreviousEnd } from '@picket/proto';
import { micros } from '../events/ids.ts';
import { isNewRun, type Observation, type SensorDetector, type SensorFound } from './observation.ts';
import { isStop, lineageOf, recentDeed, senderWords, signalFacts, signalName } from './who.ts';

export const killed: SensorDetector = {
  id: 'sensor.killed',
  title: 'The agent of a host was killed',
  techniques: ['T1562.001'],
  severity: 'high',
  detect(seen) {
    const previous = previousRun(seen, PreviousEnd.KILLED);
    if (!previous) return [];
    const lineage = lineageOf(previous.by, seen.batch.boot);
    const by = senderWords(lineage);
    const how = previous.by?.signal ? ` with ${signalName(previous.by.signal)}` : '';
    const since = Math.max(0, seen.now - (previous.aliveMicros || seen.now));
    const deed = by ? undefined : recentDeed(seen.recent, seen.now, 'agent-accessed', since);
    const reason = by
      ? isStop(previous.by?.signal)
        ? `The agent was stopped in its tracks${how} by ${by}, and did not run again`
        : `The agent was killed${how} by ${by}`
      : `The agent ended${how} without a word while the host ran on: killed, out of memory, or a crash${deed ? `, after ${deed.words} laid hands on it` : ''}`;
    const saw = [...signalFacts(previous.by, lineage), ...(deed ? [deed.fact] : []), ...facts(seen)];
    return [{ ...ended(seen, 'killed', reason), saw, lineage: deed ? [deed.ancestor] : lineage }];
  },
};

export const hostDown: SensorDetector = {
  id: 'sensor.host-down',
  title: 'A host went down without shutting down',
  techniques: ['T1529'],
  severity: 'low',
  detect(seen) {
    if (!previousRun(seen, PreviousEnd.HOST_DOWN)) return [];
    return [ended(seen, 'host down', 'The host went down under its agent: power, a crash of the kernel, or a reset')];
  },
};

function previousRun(seen: Observation, end: PreviousEnd) {
  const previous = seen.batch.heartbeat?.previous;
  return isNewRun(seen) && previous?.end === end ? previous : undefined;
}

function ended(seen: Observation, deviation: string, reason: string): SensorFound {
  const { heartbeat } = seen.batch;
  const started = heartbeat?.startedMicros ?? seen.now;
  const alive = heartbeat?.previous?.by?.atMicros || heartbeat?.previous?.aliveMicros || started;
  return {
    deviation,
    reason,
    saw: facts(seen),
    blind: { from: micros(Math.min(alive, started)), until: micros(started), lost: 0 },
  };
}

function facts({ batch }: Observation) {
  const alive = batch.heartbeat?.previous?.aliveMicros ?? 0;
  const started = batch.heartbeat?.startedMicros ?? 0;
  return [
    ...(alive > 0 ? [{ label: 'Last known to run', value: instant(alive) }] : []),
    { label: 'Runs again since', value: instant(started) },
    { label: 'Boot', value: batch.boot },
  ];
}

export function instant(value: number): string {
  return Math.abs(value) <= 8.64e18 ? new Date(value / 1000).toISOString() : `${value}`;
}
