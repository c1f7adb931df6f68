/** The delivery loop of one subscription: read, hand over, again; asleep at the end of the log until an append wakes it. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Subscription } from '../../ports/bus.ts';
import { Cursor } from './cursor.ts';
import type { Log } from './log.ts';

export interface Consuming {
  /** Messages that were damaged on disk and could not be delivered. */
  damaged(): number;
  /** Resolves when `handle` is not running any more and will not be called again. */
  close(): Promise<void>;
}

/** Milliseconds before a delivery that was refused comes again: doubled each time, up to the last. */
const backoff = { first: 50, last: 5_000 };

export function consume(log: Log, from: number, subscription: Subscription, logger: Logger): Consuming {
  const { topic, group } = subscription;
  const cursor = new Cursor(log, from);
  const stop = new AbortController();
  const { signal } = stop;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const before = cursor.damaged;
      const { version } = log;
      const deliveries = await persist('could not read the log', () => cursor.read(subscription.maxBytes));
      if (cursor.damaged > before) {
        logger.error(
          { topic, group, messages: cursor.damaged - before },
          'Messages of the log were damaged on disk and are lost',
        );
      }
      if (!deliveries) return;
      if (deliveries.length === 0) await log.grown(version, signal);
      else await persist('could not handle a delivery', () => subscription.handle(deliveries));
    }
  }

  /** Tries until it succeeds or the consumer is closed; `undefined` is the latter. */
  async function persist<T>(trouble: string, attempt: () => Promise<T>): Promise<T | undefined> {
    for (let wait = backoff.first; !signal.aborted; wait = Math.min(wait * 2, backoff.last)) {
      try {
        return await attempt();
      } catch (error) {
        logger.warn({ topic, group, err: error, retryInMs: wait }, `A consumer ${trouble}; it will try again`);
        await delay(wait, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  const running = run();
  return {
    damaged: () => cursor.damaged,
    close: async () => {
      stop.abort();
      await running;
      await subscription.settle?.().catch(error => {
        logger.warn({ topic, group, err: error }, 'What was handled could not be made safe; it comes again');
      });
      await cursor.close();
    },
  };
}
