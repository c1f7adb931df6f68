import { micros } from '../events/ids.ts';
import { instant } from './killed.ts';
import { isNewRun, type SensorDetector } from './observation.ts';

/** A unit that is enabled starts within a minute or two of the boot, on slow hosts too. */
const patience = 5 * 60_000_000;

/** The host was booted and ran for a while before its agent did. */
export const lateStart: SensorDetector = {
  id: 'sensor.late-start',
  title: 'A host ran without its agent after a boot',
  techniques: ['T1562.001'],
  severity: 'medium',
  detect(seen) {
    const { batch, before } = seen;
    if (!before || before.boot === batch.boot || !isNewRun(seen)) return [];
    const started = batch.heartbeat?.startedMicros ?? 0;
    const booted = batch.clock.wallMicros - batch.clock.bootMicros;
    if (started - booted <= patience) return [];
    const minutes = Math.round((started - booted) / 60_000_000);
    return [
      {
        deviation: 'late start',
        reason: `The host ran for ${minutes} minutes after its boot before the agent was started`,
        saw: [
          { label: 'Booted', value: instant(booted) },
          { label: 'Agent started', value: instant(started) },
          { label: 'Boot', value: batch.boot },
          { label: 'Boot before', value: before.boot },
        ],
        blind: { from: micros(booted), until: micros(started), lost: 0 },
      },
    ];
  },
};
