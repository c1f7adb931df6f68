import { micros } from '../events/ids.ts';
import type { SensorDetector } from './observation.ts';

/** Numbers are given without holes, and batches arrive in order: what is skipped will not come any more. */
export const gap: SensorDetector = {
  id: 'sensor.gap',
  title: 'Events of a host never arrived',
  techniques: ['T1562.006'],
  severity: 'medium',
  detect({ batch, before, missing, now }) {
    if (missing === 0) return [];
    const first = batch.firstSequence - missing;
    return [
      {
        deviation: 'hole in the numbering',
        reason: `${missing} ${missing === 1 ? 'event' : 'events'} between two batches of this host never arrived`,
        saw: [
          { label: 'Missing', value: `events ${first} to ${batch.firstSequence - 1} of stream ${batch.stream}` },
          { label: 'Lost', value: `${missing} events` },
        ],
        severity: missing >= 1000 ? 'high' : 'medium',
        blind: { from: micros(Math.min(before?.wallMicros ?? now, now)), until: now, lost: missing },
      },
    ];
  },
};
