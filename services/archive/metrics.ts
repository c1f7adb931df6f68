/** What the archive counts, for Prometheus. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface ArchiveMetrics {
  readonly events: Counter;
  readonly blocks: Counter;
  readonly bytes: Counter;
  /** Events that came again, in a message of their own. */
  readonly duplicates: Counter;
  /** Sequence numbers that never came. */
  readonly missing: Counter;
  readonly unknownEvents: Counter;
  readonly timesMoved: Counter;
  /** By reason: bad-encoding, malformed, refused. */
  readonly deadLetters: Counter<'reason'>;
  readonly insertSeconds: Histogram;
  /** 1 while the store takes events, 0 while the archive waits for it. */
  readonly storeAvailable: Gauge;
}

/** What lies in memory on its way into the store; the bus has it too. */
export interface Held {
  readonly events: number;
  /** Of their paths and arguments. */
  readonly textBytes: number;
}

export function measureHeld(registry: Registry, held: () => Held): void {
  new Gauge({
    name: 'picket_archive_held',
    help: 'Events in memory until the event store has them, and bytes of their paths and arguments',
    labelNames: ['what'],
    registers: [registry],
    collect() {
      const { events, textBytes } = held();
      this.set({ what: 'events' }, events);
      this.set({ what: 'text_bytes' }, textBytes);
    },
  });
}

export function archiveMetrics(registry: Registry): ArchiveMetrics {
  const registers = [registry];
  const counter = (name: string, help: string) =>
    new Counter({ name: `picket_archive_${name}_total`, help, registers });
  const storeAvailable = new Gauge({
    name: 'picket_archive_store_available',
    help: '1 while the event store takes events, 0 while the archive waits for it',
    registers,
  });
  storeAvailable.set(1);
  return {
    events: counter('events', 'Events stored'),
    blocks: counter('blocks', 'Blocks inserted'),
    bytes: counter('bytes', 'Bytes of the blocks, before the store packs them'),
    duplicates: counter('duplicate_events', 'Events that came again and were dropped'),
    missing: counter('missing_events', 'Sequence numbers that were skipped and never came'),
    unknownEvents: counter('unknown_events', 'Events of a kind that this server does not know; they are stored'),
    timesMoved: counter('times_moved', 'Events whose time was out of bounds and was moved to the bound'),
    deadLetters: new Counter({
      name: 'picket_archive_dead_letters_total',
      help: 'Messages that could not be archived',
      labelNames: ['reason'],
      registers,
    }),
    insertSeconds: new Histogram({
      name: 'picket_archive_insert_seconds',
      help: 'Time of one insert',
      buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      registers,
    }),
    storeAvailable,
  };
}
