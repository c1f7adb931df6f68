/** The sensor's own counters of what it lost grew: by place and amount, minute by minute. */

import { micros } from '../events/ids.ts';
import { grown, type LossMinute, type Observation, type SensorDetector, type SensorFound } from './observation.ts';

interface Place {
  readonly what: string;
  /** Growth in a minute that is the usual price of a busy host, and no alert. */
  readonly tolerated: number;
  /** The events came, and part of what they say did not. */
  readonly cut?: true;
}

/** Counters that mean something was not seen, or that somebody may use not to be seen; the others tell of nothing of the kind. */
const places: Readonly<Record<string, Place>> = {
  'ring.vanished': { what: 'the buffer between kernel and agent was passed over by somebody', tolerated: 0 },
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
  'file.missing': {
    what: 'files are told by the path that was asked for: they were closed before the sensor saw them, or io_uring opened them without a descriptor',
    tolerated: 100,
    cut: true,
  },
  'scratch.missing': { what: 'the sensor had no memory for an event', tolerated: 0 },
  'family.missing': { what: 'a part of the sensor was taken away', tolerated: 0 },
  'pending.full': { what: 'the map of connections under way was full', tolerated: 100 },
  'connections.full': { what: 'more connections were open than the sensor follows', tolerated: 1000 },
  // Resolvers, loggers and QUIC servers send fewer by one call, or to one address. A tunnel in user space without UDP offload may not,
  // every second: no number tells it from who puts one address behind 32 others. It is closed as expected once.
  'datagram.untold': { what: 'more datagrams went by one call than are looked at', tolerated: 0 },
  // Accepting into the ring's own table, and more requests waiting than fit: common libraries (liburing's users, libuv, tokio) hand out
  // numbers of the process. A server that does so gets one alert; a back door does so for one connection.
  'request.untold': { what: 'requests to io_uring told nothing of their socket', tolerated: 0 },
  'record.unknown': { what: 'records of a kind that the agent does not know', tolerated: 0 },
  'address.unreadable': { what: 'a helper could not read addresses', tolerated: 100 },
  'path.unreadable': { what: 'a helper could not read paths', tolerated: 1000 },
  'args.unreadable': { what: 'a helper could not read arguments', tolerated: 1000 },
  'spool.full': { what: 'the disk spool was full, the oldest went first', tolerated: 0 },
  'spool.disk-refused': { what: 'the disk took no more', tolerated: 0 },
  'spool.torn': { what: 'the spool ended in the middle of a batch', tolerated: 0 },
  'spool.damaged': { what: 'a file of the spool was damaged', tolerated: 0 },
  'shed.arguments': { what: 'in a storm long arguments were left out', tolerated: 100, cut: true },
  'environment.cut': {
    what: 'programs were started with so many or so long variables that LD_PRELOAD may stand where nobody looked',
    tolerated: 30,
    cut: true,
  },
  'hash.too-large': {
    what: 'executables are larger than any that is hashed, and are told without their SHA-256',
    tolerated: 0,
    cut: true,
  },
  'hash.crowded': {
    what: 'more new executables came at once than are hashed, and are told without their SHA-256',
    tolerated: 100,
    cut: true,
  },
  // One that is compiled, run and removed within moments is no rarity where software is built.
  'hash.unknown': {
    what: 'executables were gone or changed before they were hashed, and are told without their SHA-256',
    tolerated: 1000,
    cut: true,
  },
  'record.full': { what: 'they had more text than an event has room for', tolerated: 10, cut: true },
  'waiting.full': { what: 'requests to io_uring were told without their outcome', tolerated: 100, cut: true },
  'names.unreadable': { what: 'questions for names, or their answers, could not be read', tolerated: 100, cut: true },
  'process.shortened': {
    what: 'arguments of running processes took more memory than the agent has for them',
    tolerated: 0,
    cut: true,
  },
  'submission.rejected': { what: 'the server refused batches for good', tolerated: 0 },
};

/** Counters of what was not seen. */
export const lossCounters: readonly string[] = Object.keys(places).filter(counter => !places[counter]!.cut);

export const loss: SensorDetector = {
  id: 'sensor.loss',
  title: 'The sensor lost events',
  techniques: ['T1562.006'],
  severity: 'low',
  detect(seen) {
    return Object.entries(places).flatMap(([counter, place]) => {
      const minute = minuteOf(seen, counter);
      return minute.grown > place.tolerated ? [found(seen, counter, place, minute)] : [];
    });
  },
};

/** What grew and is still tolerated: the next batches of the same minute add to it. At most one of each place. */
export function toleratedLosses(seen: Observation): Record<string, LossMinute> {
  const minutes = Object.entries(places).map(([counter, place]) => ({
    counter,
    place,
    minute: minuteOf(seen, counter),
  }));
  return Object.fromEntries(
    minutes
      .filter(({ place, minute }) => minute.grown > 0 && minute.grown <= place.tolerated)
      .map(({ counter, minute }) => [counter, minute]),
  );
}

const minuteMicros = 60_000_000;

/** How much a counter grew in the minute that this batch falls into, as far as that is not in an alert yet. */
function minuteOf(seen: Observation, counter: string): LossMinute {
  const { batch, before } = seen;
  const growth = grown(seen, counter);
  const now = batch.clock.bootMicros;
  if (before?.boot !== batch.boot) return { sinceBootMicros: now, grown: growth };
  const open = before.lossMinutes?.[counter];
  return open && now - open.sinceBootMicros <= minuteMicros
    ? { ...open, grown: open.grown + growth }
    : { sinceBootMicros: before.bootMicros, grown: growth };
}

function found({ batch, now }: Observation, counter: string, place: Place, minute: LossMinute): SensorFound {
  const growth = minute.grown;
  const one = growth === 1;
  const fate = place.cut ? 'came incomplete' : one ? 'was lost' : 'were lost';
  const after = batch.losses[counter] ?? 0;
  return {
    deviation: counter,
    reason: `${growth} ${one ? 'event' : 'events'} ${fate}: ${place.what}`,
    saw: [
      { label: 'Place', value: counter },
      { label: place.cut ? 'Incomplete' : 'Lost', value: `${growth}` },
      { label: 'Counter before and after', value: `${after >= growth ? after - growth : 0} → ${after}` },
    ],
    severity: growth >= 100_000 ? 'high' : growth >= 1_000 ? 'medium' : 'low',
    ...(place.cut
      ? {}
      : { blind: { from: micros(now - (batch.clock.bootMicros - minute.sinceBootMicros)), until: now, lost: growth } }),
  };
}
