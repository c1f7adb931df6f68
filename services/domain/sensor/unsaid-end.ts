import { PreviousEnd } from '@picket/proto';
import { micros } from '../events/ids.ts';
import { instant } from './killed.ts';
import { isNewRun, type SensorDetector, saidItsEnd } from './observation.ts';

/** What the agent found of its end. Of KILLED and HOST_DOWN are other alerts. */
const notes: Readonly<Partial<Record<PreviousEnd, string>>> = {
  [PreviousEnd.IN_ORDER]: 'the note on its host says that it ended in order',
  [PreviousEnd.UNKNOWN]: 'the note of its end can’t be read',
  [PreviousEnd.NONE]: 'the note of its end is gone',
};

/**
 * A run of the agent begins, and of the one before no last word was heard. An agent that ends in order says so, and what it says is in
 * its spool until the server has it. What it finds of its own end is a file of its host, which whoever killed it may write or remove.
 */
export const unsaidEnd: SensorDetector = {
  id: 'sensor.unsaid-end',
  title: 'The agent of a host ended without saying so',
  techniques: ['T1562.001', 'T1070'],
  severity: 'high',
  detect(seen) {
    const { batch, before, now } = seen;
    const previous = batch.heartbeat?.previous;
    if (!previous || !before?.startedMicros || !isNewRun(seen) || saidItsEnd(before)) return [];
    const end = previous.end ?? PreviousEnd.UNKNOWN;
    const note = notes[end];
    const ranOn = before.boot === batch.boot;
    // A host may forget everything with each boot; that its spool is gone is an alert.
    if (!note || (end === PreviousEnd.NONE && !ranOn)) return [];
    const started = batch.heartbeat?.startedMicros ?? now;
    const byPower = ranOn || end === PreviousEnd.IN_ORDER ? '' : 'the host lost its power, or it was ';
    return [
      {
        deviation: 'end unsaid',
        reason: `The agent ended without a word to its server, and ${note}: ${byPower}killed by somebody who hid it, or its last word was lost`,
        saw: [
          { label: 'Last heard', value: instant(before.wallMicros) },
          { label: 'Runs again since', value: instant(started) },
          { label: 'Boot', value: ranOn ? `${batch.boot}, as before` : batch.boot },
        ],
        severity: ranOn ? 'high' : 'medium',
        blind: { from: micros(Math.min(before.wallMicros, started)), until: micros(started), lost: 0 },
      },
    ];
  },
};
