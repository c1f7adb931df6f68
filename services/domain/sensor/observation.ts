/** What a batch tells of the sensor that sent it, beside what the analysis remembers of the batch before. */

import type { Ancestor, Blind, Fact, Severity } from '../alerts/finding.ts';
import type { Description } from '../detectors/detector.ts';
import type { RecentExec } from '../detectors/recent-execs.ts';
import type { Batch } from '../events/batch.ts';
import type { BootId, Micros, StreamId } from '../events/ids.ts';

/** Growth of a counter that is no alert yet. */
export interface LossMinute {
  /** When it began, microseconds since boot. */
  readonly sinceBootMicros: number;
  readonly grown: number;
}

/** Remembered of an endpoint's sensor; part of the analysis' state. Clocks are the agent's, microseconds. */
export interface SensorRecord {
  readonly boot: BootId;
  readonly stream: StreamId;
  readonly wallMicros: number;
  /** Since boot; with `boot` the moment of the newest batch. */
  readonly bootMicros: number;
  readonly losses: Readonly<Record<string, number>>;
  /** By counter. Absent from what was remembered before there was such a thing. */
  readonly lossMinutes?: Readonly<Record<string, LossMinute>>;
  /** Of the newest heartbeat, zero or empty before the first. */
  readonly startedMicros: number;
  readonly stalledMicros: number;
  readonly options: Readonly<Record<string, string>>;
  readonly hooks: Readonly<Record<string, boolean>>;
  readonly hooksLost: Readonly<Record<string, number>>;
  /** Detectors for which the endpoint is blind since then and until further notice. */
  readonly blind: readonly string[];
}

export interface Observation {
  readonly batch: Batch;
  readonly now: Micros;
  /** Undefined for an endpoint that was never heard. */
  readonly before: SensorRecord | undefined;
  /** Sequence numbers of the stream that were skipped just before this batch. */
  readonly missing: number;
  /** The newest executions on the host, oldest first. */
  readonly recent: readonly RecentExec[];
}

export interface SensorFound {
  /** With endpoint and detector the alert's identity. */
  readonly deviation: string;
  readonly reason: string;
  readonly saw: readonly Fact[];
  readonly severity?: Severity;
  readonly blind?: Blind;
  /** Who did it and its ancestors, where that is known. */
  readonly lineage?: readonly Ancestor[];
}

/** Looks at the sensor itself, once a batch. */
export interface SensorDetector extends Description {
  detect(seen: Observation): readonly SensorFound[];
  /** True once a batch shows that what opened a time without end is over. */
  isOver?(seen: Observation): boolean;
}

/** The batch's heartbeat is the first of a run of the agent that was not heard before. */
export function isNewRun({ batch, before }: Observation): boolean {
  const started = batch.heartbeat?.startedMicros ?? 0;
  return started > 0 && started !== before?.startedMicros;
}

/** Whether the last run that was heard of said that it ends: of what it opened there is no end before another run. */
export const saidItsEnd = ({ blind }: SensorRecord): boolean =>
  blind.includes('sensor.stopped') || blind.includes('sensor.uninstalled');

/** How much a counter of the agent grew; one that is smaller than before began anew, with the agent, as all do with a boot. */
export function grown({ batch, before }: Observation, counter: string): number {
  const now = batch.losses[counter] ?? 0;
  const then = before?.boot === batch.boot ? (before.losses[counter] ?? 0) : 0;
  return now >= then ? now - then : now;
}

export function remember(
  { batch, before }: Observation,
  blind: readonly string[],
  lossMinutes: Readonly<Record<string, LossMinute>>,
): SensorRecord {
  const { boot, stream, clock, losses, heartbeat } = batch;
  const place = { boot, stream, ...clock, losses, lossMinutes, blind };
  if (!heartbeat) {
    const { startedMicros, stalledMicros, options, hooks, hooksLost } = before ?? nothing;
    return { ...place, startedMicros, stalledMicros, options, hooks, hooksLost };
  }
  return {
    ...place,
    startedMicros: heartbeat.startedMicros ?? 0,
    stalledMicros: heartbeat.stalledMicros ?? 0,
    options: bounded(heartbeat.options ?? {}),
    hooks: Object.fromEntries((heartbeat.hooks ?? []).slice(0, most).map(h => [text(h.name), h.attached ?? false])),
    hooksLost: Object.fromEntries((heartbeat.hooksLost ?? []).slice(0, most).map(h => [text(h.name), h.times ?? 0])),
  };
}

const nothing = { startedMicros: 0, stalledMicros: 0, options: {}, hooks: {}, hooksLost: {} };

/** Hooks and options kept of one endpoint, and the length of their names. */
const most = 64;
const text = (name: string | null | undefined) => (name ?? '').slice(0, most);

const bounded = (options: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(options)
      .slice(0, most)
      .map(([name, digest]) => [text(name), text(digest)]),
  );
