/** The event store is away: what the archive says of it. */

import type { Logger } from 'pino';
import { BusFull } from '../ports/bus.ts';
import { EventStoreUnavailable } from '../ports/event-store.ts';
import type { Awaited } from '../ports/patience.ts';
import type { ArchiveMetrics } from './metrics.ts';

const diskFull: EventStoreUnavailable['reason'] = 'disk-full';

export const eventStoreAway = (log: Logger, metrics: ArchiveMetrics): Awaited => ({
  reason(error) {
    if (error instanceof EventStoreUnavailable) return error.reason;
    return error instanceof BusFull ? diskFull : undefined;
  },
  begun(reason, { message }) {
    metrics.storeAvailable.set(0);
    log.error(
      { reason, detail: message.slice(0, 500) },
      reason === diskFull
        ? "the event store's disk is full: free space, nothing is lost meanwhile"
        : 'the event store does not take events: the archive waits, nothing is lost meanwhile',
    );
  },
  over(waitedMs) {
    metrics.storeAvailable.set(1);
    log.info({ waitedMs }, 'the event store takes events again');
  },
});
