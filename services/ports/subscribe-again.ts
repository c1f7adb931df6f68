/** A subscription that has to be made anew is made as soon as that is possible: without it nothing is consumed, and the bus fills. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Milliseconds between two attempts: doubled each time, up to the last. */
const pauses = { first: 500, last: 10_000 };

/**
 * What `subscribe` gives, as soon as it does. Rejects when `signal` is aborted, and with nothing else. What is in the way is said
 * once, and again when it is something else.
 */
export async function subscribeAgain<T>(subscribe: () => Promise<T>, log: Logger, signal: AbortSignal): Promise<T> {
  let trouble: string | undefined;
  for (let pause = pauses.first; ; pause = Math.min(pause * 2, pauses.last)) {
    signal.throwIfAborted();
    try {
      const subscribed = await subscribe();
      if (trouble !== undefined) log.info('the bus is consumed from again');
      return subscribed;
    } catch (error) {
      signal.throwIfAborted();
      const found = error instanceof Error ? error.message : String(error);
      if (found !== trouble) log.error({ err: error }, 'the bus can not be consumed from; it is tried until it can');
      trouble = found;
    }
    await delay(pause, undefined, { signal });
  }
}
