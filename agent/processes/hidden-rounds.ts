/** Looks for hidden processes every minute, and tells each as an event of that process. */

import { setTimeout as wait } from 'node:timers/promises';
import type { KernelTask } from '@picket/native';
import type { Logger } from 'pino';
import type { SensorEvent } from '../sensor/event.ts';
import { type ActiveProcess, CrossView, type Hidden, procView } from './cross-view.ts';
import { procFolders } from './proc.ts';

export interface HiddenRoundsOptions {
  /** The kernel's list; empty where it can't be asked. */
  kernel(): readonly KernelTask[];
  active(sinceMicros: number): readonly ActiveProcess[];
  record(event: SensorEvent): void;
  readonly log: Pick<Logger, 'warn'>;
}

const everyMillis = 60_000;
/** How long a process may take to come or go. */
const comeAndGoMillis = 1_000;

/** Gives what ends the rounds. */
export function lookForHidden({ kernel, active, record, log }: HiddenRoundsOptions): () => void {
  const view = new CrossView({ procs: procFolders().map(procView), kernel, active });
  const pause = () => wait(comeAndGoMillis, undefined, { ref: false });
  const timer = setInterval(() => {
    view.find(Date.now() * 1000, pause).then(
      found => {
        for (const each of found) record(hiddenEvent(each));
      },
      error => log.warn({ err: error }, 'The processes could not be compared with the kernel’s list'),
    );
  }, everyMillis);
  return () => clearInterval(timer);
}

/** What the agent found out by itself, as an event of the process that is hidden. */
const hiddenEvent = ({ how, pid, startTicks, parentPid, name, isAll }: Hidden): SensorEvent => ({
  ...{ kind: 'process-hidden', time: Date.now() * 1000, pid, startTicks, count: 1 },
  ...{
    operation: how,
    path: isAll ? '/proc' : `/proc/${pid}`,
    other: name,
    targetPid: parentPid,
    targetTicks: 0,
    value: 0,
    extra: 0,
    result: 0,
    what: 0,
  },
});
