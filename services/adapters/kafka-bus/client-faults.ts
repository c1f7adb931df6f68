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
 * - Tries are nested (a send, the look-up of who leads, the connection below it), each level with pauses of its own and 20 s for an answer:
 *   a producer's `retry` is not its connections', which then pause for 9 s. There is no end to it from outside. Both are told the same
 *   pauses, and the sockets are taken away when time is up (way.ts).
 * - A new client asks the first of the brokers that it was told, and where that accepts connections and does not answer, again and
 *   again: it is told one at a time, in turn (way.ts).
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
