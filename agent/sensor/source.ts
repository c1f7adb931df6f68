/** Where events come from: the sensor's records, decoded. */

import {
  bootMicros,
  type HookReport,
  type KernelTask,
  openSensor,
  type SensorOptions,
  type SentSignal,
  type SignalKind,
  type Witness,
} from '@picket/native';
import { makeDecoder, type OnEvent } from './decode.ts';

export interface EventSource {
  /** Each kernel program: attached, or why not. Asking attaches again what somebody took away. */
  readonly hooks: readonly HookReport[];
  /** What this kernel makes the sensor do in another way, each in words. */
  readonly fallbacks: readonly string[];
  /** The last signal of a kind that this process was sent, where the sensor saw it. */
  signal(kind: SignalKind): SentSignal | undefined;
  /** Starts what writes those to `file` should this process be killed; `onLost` hears when it was killed itself, and is started again. */
  startWitness(file: string, onLost: () => void): Witness;
  /** This process as events would name it: not `process.pid` where the agent runs in a pid namespace of its own. */
  readonly ownPid: number;
  /** The kernel's own list of processes; empty where it can't be had. */
  tasks(): KernelTask[];
  /** Every loss and failed helper by name, cumulative since this source was opened. */
  counters(): Readonly<Record<string, number>>;
  /** Stops the kernel programs; resolves after the last events have been handed over. */
  close(): Promise<void>;
}

/**
 * Starts the kernel programs. `onEvent` gets each in the order of the ring (per CPU in order of time; across CPUs nearly),
 * at most `flushMillis` after it happened. Equal events come one by one at first. One with `count` above 1, or a
 * later one, may stand for repetitions that were folded: its time is the end of their window (`foldMillis`), which may be after the
 * exit of the process.
 * A connect that does not wait has the result -EINPROGRESS (-115); its outcome follows as another connect event.
 * Throws an Error with the reason where no kernel program can be loaded.
 */
export function openEventSource(options: SensorOptions, onEvent: OnEvent): EventSource {
  const sensor = openSensor(options, records => decoder.decode(records, bootMicros(), onEvent));
  // Records come in the event loop: not before this has run.
  const decoder = makeDecoder(sensor.layout);
  return {
    get hooks() {
      return sensor.hooks();
    },
    fallbacks: sensor.fallbacks,
    signal: kind => sensor.signal(kind),
    startWitness: (file, onLost) => sensor.startWitness(file, onLost),
    ownPid: sensor.ownPid,
    tasks: () => sensor.tasks(),
    counters: () => ({ ...sensor.counters(), 'record.unknown': decoder.unknown }),
    close: () => sensor.close(),
  };
}
