/** The sensor's own counters of what it lost grew: by place and amount. */

import { micros } from '../events/ids.ts';
import { grown, type Observation, type SensorDetector, type SensorFound } from './observation.ts';

interface Place {
  readonly what: string;
  /** Growth from one batch to the next that is the usual price of a busy host, and no alert. */
  readonly tolerated: number;
}

/** Counters that mean something was not seen; the others tell of cut text, or of nothing missing at all. */
const places: Readonly<Record<string, Place>> = {
  'ring.full': { what: 'the buffer between kernel and agent was full', tolerated: 0 },
  'shed.repeat': { what: 'in a storm repeated opens of files were left out first', tolerated: 1000 },
  'shed.sequence': { what: 'in a storm new sequences of system calls were left out', tolerated: 1000 },
  'shed.open': { what: 'in a storm opens of files were left out', tolerated: 100 },
  'shed.change': { what: 'in a storm changes of files were left out', tolerated: 100 },
  'shed.life': { what: 'in a storm forks and ends of processes and connections were left out', tolerated: 100 },
  'shed.network': { what: 'in a storm connections were left out', tolerated: 0 },
  'shed.access': { what: 'in a storm changes of identity and access to other processes were left out', tolerated: 0 },
  'program.missed': { what: 'the kernel left runs of the sensor out', tolerated: 100 },
  'fold.orphaned': { what: 'repetitions lost the event that they repeat', tolerated: 100 },
  'fold.overflow': { what: 'more repetitions than can be counted', tolerated: 0 },
  'file.missing': { what: 'files were closed before the sensor saw them', tolerated: 100 },
  'scratch.missing': { what: 'the sensor had no memory for an event', tolerated: 0 },
  'family.missing': { what: 'a part of the sensor was taken away', tolerated: 0 },
  'pending.full': { what: 'the map of connections under way was full', tolerated: 100 },
  'connections.full': { what: 'more connections were open than the sensor follows', tolerated: 1000 },
  'request.untold': { what: 'requests to io_uring told nothing of their socket', tolerated: 100 },
  'record.unknown': { what: 'records of a kind that the agent does not know', tolerated: 0 },
  'address.unreadable': { what: 'a helper could not read addresses', tolerated: 100 },
  'path.unreadable': { what: 'a helper could not read paths', tolerated: 1000 },
  'args.unreadable': { what: 'a helper could not read arguments', tolerated: 1000 },
  'spool.full': { what: 'the disk spool was full, the oldest went first', tolerated: 0 },
  'spool.disk-refused': { what: 'the disk took no more', tolerated: 0 },
  'spool.torn': { what: 'the spool ended in the middle of a batch', tolerated: 0 },
  'spool.damaged': { what: 'a file of the spool was damaged', tolerated: 0 },
  'submission.rejected': { what: 'the server refused batches for good', tolerated: 0 },
};

/** Counters of what was not seen. */
export const lossCounters: readonly string[] = Object.keys(places);

export const loss: SensorDetector = {
  id: 'sensor.loss',
  title: 'The sensor lost events',
  techniques: ['T1562.006'],
  severity: 'low',
  detect(seen) {
    return Object.entries(places).flatMap(([counter, place]) => {
      const growth = grown(seen, counter);
      return growth > place.tolerated ? [found(seen, counter, place.what, growth)] : [];
    });
  },
};

function found({ batch, before, now }: Observation, counter: string, what: string, growth: number): SensorFound {
  const after = batch.losses[counter] ?? 0;
  return {
    deviation: counter,
    reason: `${growth} events were lost: ${what}`,
    saw: [
      { label: 'Place', value: counter },
      { label: 'Lost', value: `${growth}` },
      { label: 'Counter before and after', value: `${after >= growth ? after - growth : 0} → ${after}` },
    ],
    severity: growth >= 100_000 ? 'high' : growth >= 1_000 ? 'medium' : 'low',
    blind: { from: micros(Math.min(before?.wallMicros ?? now, now)), until: now, lost: growth },
  };
}
