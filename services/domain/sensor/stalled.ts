import { micros } from '../events/ids.ts';
import { isNewRun, type SensorDetector } from './observation.ts';
import { lineageOf, recentDeed, senderWords, signalFacts } from './who.ts';

/** Longer than a busy host keeps a process waiting. */
const patience = 15_000_000;

/** The agent was there and could not run: SIGSTOP, a frozen cgroup, a debugger. Suspend is not counted, the clock stands still in it. */
export const stalled: SensorDetector = {
  id: 'sensor.stalled',
  title: 'The agent of a host was held up',
  techniques: ['T1562.001'],
  severity: 'high',
  detect(seen) {
    const { batch, before, now, recent } = seen;
    const then = isNewRun(seen) ? 0 : (before?.stalledMicros ?? 0);
    const held = (batch.heartbeat?.stalledMicros ?? 0) - then;
    if (held < patience) return [];
    const sent = batch.heartbeat?.stalledBy;
    const lineage = lineageOf(sent, batch.boot);
    const by = senderWords(lineage);
    const deed = by ? undefined : recentDeed(recent, now, 'agent-accessed', held);
    const seconds = Math.round(held / 1e6);
    return [
      {
        deviation: 'held up',
        reason: by
          ? `The agent was stopped in its tracks for ${seconds} s by ${by}`
          : `The agent could not run for ${seconds} s: stopped, frozen or starved${deed ? `, after ${deed.words} laid hands on it` : ''}`,
        saw: [{ label: 'Held up', value: `${seconds} s` }, ...signalFacts(sent, lineage), ...(deed ? [deed.fact] : [])],
        severity: sent?.signal || deed ? 'high' : 'medium',
        blind: { from: micros(now - held), until: now, lost: 0 },
        lineage: deed ? [deed.ancestor] : lineage,
      },
    ];
  },
};
