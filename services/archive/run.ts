/** The archive: every event of the bus into the event store, exactly once. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { type Bus, BusBeganAnew, type Consumer, type Delivery, type Position } from '../ports/bus.ts';
import type { Decoder } from '../ports/decoder.ts';
import type { EventStore } from '../ports/event-store.ts';
import { Patience } from '../ports/patience.ts';
import { Pulse } from '../ports/pulse.ts';
import { subscribeAgain } from '../ports/subscribe-again.ts';
import { archiveMetrics, measureHeld } from './metrics.ts';
import { claim } from './ownership.ts';
import { type ArchiveConfig, PartitionArchive, type PartitionDependencies } from './partition.ts';
import { measureParts } from './parts.ts';
import { eventStoreAway } from './store-away.ts';
import { readArchived, readSettled } from './watermarks.ts';

export type { ArchiveConfig } from './partition.ts';

export const archiveDefaults = { maxRows: 131_072, waitMs: 500, maxWaitMs: 2_500, closePatienceMs: 3_000 } as const;

export interface ArchiveDependencies {
  readonly bus: Bus;
  readonly decoder: Decoder;
  readonly store: EventStore;
  readonly log: Logger;
  readonly metrics: Registry;
}

export interface Archive {
  /** Resolves when everything that was delivered so far is stored. */
  flush(): Promise<void>;
  /** Why it hangs, in one line; `undefined` while it works or waits. */
  trouble(): string | undefined;
  /** Stores what was gathered where the store takes it at once; the rest comes again at the next start. */
  close(): Promise<void>;
}

const restartAfterMs = 2_000;
/** Half of what a block waits for at least. */
const gatherMillis = 250;

/** The schema is there (`migrateClickHouse`). Waits for a store that is down. */
export async function runArchive(config: ArchiveConfig, dependencies: ArchiveDependencies): Promise<Archive> {
  const log = dependencies.log.child({ service: 'archive' });
  const metrics = archiveMetrics(dependencies.metrics);
  measureParts(dependencies.store, dependencies.metrics);
  const pulse = new Pulse();
  const closing = new AbortController();
  const { signal } = closing;
  const patience = new Patience(eventStoreAway(log, metrics), signal, pulse);
  const partitions = new Map<number, PartitionArchive>();
  /** Those to be read from their beginning. */
  const anew = new Set<number>();
  measureHeld(dependencies.metrics, () =>
    [...partitions.values()].reduce(
      ({ events, textBytes }, { held }) => ({ events: events + held.events, textBytes: textBytes + held.textBytes }),
      { events: 0, textBytes: 0 },
    ),
  );
  /** One life of the subscription: the first of its partitions that fails ends it. */
  const begin = () => {
    let over = false;
    partitions.clear();
    const failed = (error: unknown): void => {
      if (over || signal.aborted) return;
      over = true;
      if (error instanceof BusBeganAnew) anew.add(error.partition);
      log.error({ err: error }, 'the archive failed, and begins again where the store stands');
      subscription = beginAgain(subscription);
      subscription.catch(() => undefined);
    };
    return subscribe(config, partitions, anew, { ...dependencies, log, metrics, patience, signal, failed }, () =>
      pulse.beat(),
    );
  };
  const beginAgain = async (failed: Promise<Subscribed>): Promise<Subscribed> => {
    await (await failed).close().catch(error => log.warn({ err: error }, 'what failed could not be closed in order'));
    await delay(restartAfterMs, undefined, { signal });
    return subscribeAgain(begin, log, signal);
  };
  let subscription = begin();
  await subscription;
  return {
    flush: async () => (await subscription).flush(),
    trouble: () => pulse.trouble(),
    close: async () => {
      const quiet = subscription.then(current => current.close());
      const over = new AbortController();
      const late = delay(config.closePatienceMs, undefined, { signal: over.signal });
      await Promise.race([quiet, late]).catch(() => undefined);
      over.abort();
      closing.abort();
      await Promise.allSettled([quiet, subscription]);
    },
  };
}

interface Subscribed {
  flush(): Promise<void>;
  close(): Promise<void>;
}

async function subscribe(
  config: ArchiveConfig,
  partitions: Map<number, PartitionArchive>,
  anew: Set<number>,
  dependencies: Omit<PartitionDependencies, 'commit' | 'partitions' | 'isHandling'>,
  alive: () => void,
): Promise<Subscribed> {
  const { bus, store, log, patience, signal } = dependencies;
  const subscribed = Promise.withResolvers<Consumer>();
  const commit = async (position: Position): Promise<void> => {
    const consumer = await subscribed.promise;
    // The store knows better: the commit only lets the bus forget, and the next one says the same.
    await consumer.commit(position).catch(error => log.warn({ err: error }, 'the bus does not take a commit'));
  };
  let handling = 0;
  const flush = async (): Promise<void> => {
    await Promise.all([...partitions.values()].map(partition => partition.flush()));
  };
  const consumer = await bus.subscribe({
    topic: 'events',
    group: 'archive',
    maxBytes: 4 << 20,
    gatherMillis,
    alive,
    from: async partition => {
      await partitions.get(partition)?.close();
      const own = await patience.until(() => claim(store, partition, signal));
      const { next, newest } = await patience.until(() => readArchived(store, partition, signal));
      const redo = anew.has(partition) ? undefined : newest;
      const settled = newest && !redo ? await patience.until(() => readSettled(store, newest, signal)) : new Map();
      for (const [stream, at] of settled) next.set(stream, at);
      partitions.set(
        partition,
        new PartitionArchive(own, { next, newest: redo, settled }, config, {
          ...{ ...dependencies, commit },
          ...{ partitions: () => partitions.size, isHandling: () => handling > 0 },
        }),
      );
      return anew.delete(partition) ? 0 : newest?.firstOffset;
    },
    handle: async (deliveries: readonly Delivery[]) => {
      handling++;
      try {
        for (const [partition, own] of Map.groupBy(deliveries, delivery => delivery.position.partition)) {
          await partitions.get(partition)!.handle(own);
        }
      } finally {
        handling--;
      }
    },
    // Whoever gets a partition then begins behind a block that is stored, and there is nothing to be cut again.
    settle: () => flush(),
    taken: async lost => {
      for (const partition of lost) {
        await partitions.get(partition)?.close();
        partitions.delete(partition);
      }
    },
  });
  subscribed.resolve(consumer);
  return {
    flush,
    close: async () => {
      await consumer.close();
      await flush().catch(() => undefined);
      await Promise.all([...partitions.values()].map(partition => partition.close()));
    },
  };
}
