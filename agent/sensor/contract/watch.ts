/** A sensor for a test: runs programs, keeps the events, waits for one. */

import { spawnSync } from 'node:child_process';
import { type SensorOptions, sensorSupport } from '@picket/native';
import type { SensorEvent } from '../event.ts';
import { type EventSource, openEventSource } from '../source.ts';

/** For `describe`: skips where no sensor can run, and says why. */
export const sensorHere = ((support = sensorSupport()) => (support.supported ? {} : { skip: support.reason }))();

type Kind = SensorEvent['kind'];
/** The event whose `kind` can be K. */
type OfKind<K extends Kind, E = SensorEvent> = E extends SensorEvent ? (K extends E['kind'] ? E : never) : never;

export interface Watch extends AsyncDisposable {
  readonly source: EventSource;
  readonly events: readonly SensorEvent[];
  /** Runs a program to its end and gives its pid. */
  run(command: readonly string[], options?: { cwd?: string; uid?: number }): number;
  /** The first event of the kind that fits, seen or still to come; fails after a minute: a busy machine keeps a sensor waiting. */
  first<K extends Kind>(kind: K, fits: (event: OfKind<K>) => boolean): Promise<OfKind<K>>;
  /** Every event of the kind of a process that has ended, folded counts that are still to come excepted. */
  of<K extends Kind>(kind: K, pid: number): Promise<OfKind<K>[]>;
  /** Every event of the kind that fits, after the sensor was closed and the last one handed over. */
  all<K extends Kind>(kind: K, fits: (event: OfKind<K>) => boolean): Promise<OfKind<K>[]>;
}

/** Opens a sensor; `await using` closes it. */
export function watch(options: SensorOptions = {}): Watch {
  const events: SensorEvent[] = [];
  const waiting = new Set<(event: SensorEvent) => void>();
  const source = openEventSource({ flushMillis: 10, ...options }, event => {
    events.push(event);
    for (const look of waiting) look(event);
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= source.close());

  return {
    source,
    events,
    run(command, { cwd, uid } = {}) {
      const [program = '', ...args] = command;
      const child = spawnSync(program, args, { cwd, uid, stdio: ['ignore', 'ignore', 'ignore'] });
      if (child.error) throw child.error;
      return child.pid;
    },
    first<K extends Kind>(kind: K, fits: (event: OfKind<K>) => boolean) {
      return new Promise<OfKind<K>>((resolve, reject) => {
        const settle = () => {
          waiting.delete(look);
          clearTimeout(limit);
        };
        const isIt = (event: SensorEvent): event is OfKind<K> => event.kind === kind && fits(event as OfKind<K>);
        const look = (event: SensorEvent) => {
          if (!isIt(event)) return;
          settle();
          resolve(event);
        };
        const limit = setTimeout(() => {
          settle();
          reject(new Error(`No such ${kind} event within 60 s`));
        }, 60_000);
        waiting.add(look);
        const seen = events.find(isIt);
        if (seen) look(seen);
      });
    },
    async of<K extends Kind>(kind: K, pid: number) {
      await this.first('exit', event => event.pid === pid);
      return events.filter((event): event is OfKind<K> => event.kind === kind && event.pid === pid);
    },
    async all<K extends Kind>(kind: K, fits: (event: OfKind<K>) => boolean) {
      await close();
      return events.filter((event): event is OfKind<K> => event.kind === kind && fits(event as OfKind<K>));
    },
    [Symbol.asyncDispose]: close,
  };
}
