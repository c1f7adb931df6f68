import { PreviousEnd } from '@picket/proto';
import { micros } from '../events/ids.ts';
import { isNewRun, type SensorDetector } from './observation.ts';

/** A stream lasts as long as the spool and the boot. A new one on the same boot: the spool was lost, with what it held. */
export const spoolLost: SensorDetector = {
  id: 'sensor.spool-lost',
  title: 'The spool of an agent is gone',
  techniques: ['T1070'],
  severity: 'medium',
  detect(seen) {
    const { batch, before, now } = seen;
    if (!before) return [];
    const isGone = isNewRun(seen) && batch.heartbeat?.previous?.end === PreviousEnd.NONE;
    if (!isGone) return [];
    return [
      {
        deviation: 'spool lost',
        reason:
          'The agent found nothing of its run before: its spool was removed, or it was installed anew; what waited there is lost',
        saw: [
          { label: 'Stream before', value: before.stream },
          { label: 'Stream now', value: batch.stream },
          { label: 'Boot', value: batch.boot === before.boot ? `${batch.boot}, as before` : batch.boot },
        ],
        blind: { from: micros(Math.min(before.wallMicros, now)), until: now, lost: 0 },
      },
    ];
  },
};

/** The same without a new run: the disk under the spool refused, or the files were damaged. */
export const newStream: SensorDetector = {
  id: 'sensor.new-stream',
  title: 'An agent numbers its events anew',
  techniques: ['T1070'],
  severity: 'low',
  detect(seen) {
    const { batch, before, now } = seen;
    if (!before || before.boot !== batch.boot || before.stream === batch.stream) return [];
    if (batch.heartbeat?.previous?.end === PreviousEnd.NONE) return [];
    return [
      {
        deviation: 'new stream',
        reason:
          'The agent numbers its events anew although the host was not restarted: its spool was damaged, or the disk refused it',
        saw: [
          { label: 'Stream before', value: before.stream },
          { label: 'Stream now', value: batch.stream },
        ],
        blind: { from: micros(Math.min(before.wallMicros, now)), until: now, lost: 0 },
      },
    ];
  },
};
