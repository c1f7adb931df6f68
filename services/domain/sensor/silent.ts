/** An agent that is not heard any more. Needs a clock, so it is asked now and then, not once a batch (analysis/silence.ts). */

import type { Finding } from '../alerts/finding.ts';
import type { Description } from '../detectors/detector.ts';
import { type BootId, type EndpointId, execId, type Micros, micros, type StreamId } from '../events/ids.ts';
import { instant } from './killed.ts';

export const silent: Description = {
  id: 'sensor.silent',
  title: 'A host is not heard any more',
  techniques: ['T1562.001'],
  severity: 'high',
};

/** Microseconds. A heartbeat comes every 10 s, and an agent that found no server tries again within 15 s. */
export const silence = { least: 30_000_000, heartbeats: 3, afterOutage: 60_000_000, gap: 10_000_000 };

/** When ingress was able to hear somebody: one a process of it. */
export interface Reception {
  readonly from: Micros;
  readonly until: Micros;
}

export interface Heard {
  readonly endpoint: EndpointId;
  readonly lastSeen: Micros;
  readonly boot: BootId | undefined;
  /** Of the last heartbeat; 0 where there was none. */
  readonly intervalMillis: number;
  readonly suspendedMicros: number;
  /** It said that it ends: nobody expects to hear it. */
  readonly stopping: boolean;
}

/** Since when somebody could be heard without a break, up to `now`; undefined where nobody can be now. */
export function hearingSince(receptions: readonly Reception[], now: Micros): Micros | undefined {
  let since: Micros | undefined;
  for (const { from, until } of receptions.toSorted((a, b) => b.until - a.until)) {
    if (until < (since ?? now) - silence.gap) break;
    since = micros(Math.min(since ?? from, from));
  }
  return since;
}

/** How long an agent may be silent, microseconds. */
export const allowed = (intervalMillis: number): number =>
  Math.max(silence.least, Math.min(intervalMillis, 3_600_000) * 1000 * silence.heartbeats);

/**
 * Nobody is silent because the server did not listen: what counts is the time in which ingress could have heard the agent, and
 * after an outage the agents get time to come back.
 */
export function judgeSilence(heard: Heard, receptions: readonly Reception[], now: Micros): Finding | undefined {
  const since = hearingSince(receptions, now);
  if (heard.stopping || since === undefined) return undefined;
  const limit = allowed(heard.intervalMillis);
  const missed = since > heard.lastSeen ? now - since - silence.afterOutage : now - heard.lastSeen;
  if (missed < limit) return undefined;
  return findingOf(heard, now);
}

function findingOf({ endpoint, lastSeen, boot, suspendedMicros }: Heard, now: Micros): Finding {
  const sleeps = suspendedMicros > 60_000_000;
  const seconds = Math.round((now - lastSeen) / 1e6);
  return {
    detector: silent.id,
    title: silent.title,
    severity: sleeps ? 'low' : silent.severity,
    techniques: silent.techniques,
    endpoint,
    program: 'monitoringAgent',
    deviation: 'silent',
    time: now,
    // One silence is one finding, whoever judges it and how often.
    stream: 'silence' as StreamId,
    sequence: lastSeen,
    execId: execId(boot ?? ('' as BootId), 0, 0),
    count: 1,
    evidence: {
      reason: `The host has not been heard for ${seconds} s, without a word that it would end${
        sleeps ? '; it is one that is suspended at times' : ''
      }`,
      saw: [{ label: 'Last heard', value: instant(lastSeen) }, ...(boot ? [{ label: 'Boot', value: boot }] : [])],
      usual: [],
      ancestry: [],
    },
    blind: { from: lastSeen, until: undefined, lost: 0 },
  };
}

/** What an agent says of itself: before a silence, and with the first heartbeat after it. */
export interface Said {
  readonly boot: string | null;
  /** Microseconds, as in the heartbeat. */
  readonly started: number;
  readonly suspended: number;
  readonly stalled: number;
}

/** What a silence of `lasted` microseconds was, in a sentence. */
export function explainSilence(before: Said, after: Said, lasted: number): string {
  if (after.boot !== before.boot) return 'The host was started anew.';
  if (after.started !== before.started) return 'The agent was started anew.';
  if (after.suspended - before.suspended > lasted / 2) return 'The host was suspended.';
  if (after.stalled - before.stalled > lasted / 2) return 'The agent was held up.';
  return 'The agent ran on and could not reach the server; what it saw meanwhile came later.';
}
