/**
 * Faults of kafkajs 2.2.4 that are mended from outside, all in this place. Whoever makes a client calls `mendClient` first.
 *
 * Negative timers (upstream issues 1556, 1704, 1751): a request queue plans its next look at waiting requests even where none
 * wait, at a moment in 1970. Node takes that for 1 ms, so each connection wakes up a thousand times a second, and Node 24
 * warns of it. Here it plans only for requests that wait; those behind too many under way are sent when one of them is over.
 *
 * What else is known is kept from happening by how the client is used:
 * - Concurrent sends of an idempotent producer take each other's sequence numbers after a failure (issue 598), and the broker
 *   then drops the second as a copy of the first: one send at a time, and a new producer after a failure (publisher.ts).
 * - A send to several brokers that is tried again, because one of them failed, leaves out what that one led and another leads by now, where
 *   this other has answered the first attempt: it resolves, and these messages were never sent. What the answers do not name
 *   is sent again (publisher.ts).
 * - A consumer ends for good on an error that it holds for final (issues 1513, 1712), or stops without one (issue 659): it is
 *   made anew by us in each case (subscription.ts).
 * - Listeners to a rebalance are not waited for (issue 751): the look-up of the coordinator is, which comes before each join
 *   (assigner.ts).
 */

import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const shortestMillis = 10;

export function mendClient(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue;
  };
  prototype.scheduleCheckPendingRequests = function () {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(this.throttledUntil - Date.now(), shortestMillis),
    );
  };
}
