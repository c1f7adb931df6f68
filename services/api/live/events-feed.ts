/** New events to all who watch: one shared look at the event store, each stream with its own filter. */

import type { z } from 'zod';
import type { event } from '../schemas/events.ts';
import type { LiveStream } from './stream.ts';

export type ApiEvent = z.output<typeof event>;

export interface EventsFeed {
  watch(stream: LiveStream, matches: (event: ApiEvent) => boolean): () => void;
  close(): void;
}

export interface EventsFeedOptions {
  /** Begins now: what it returns gives the events stored since it was called before, and whether there were more. */
  readonly follow: () => () => Promise<{ readonly events: readonly ApiEvent[]; readonly more: boolean }>;
  readonly pollMs: number;
  readonly onError: (error: unknown) => void;
}

export function eventsFeed({ follow, pollMs, onError }: EventsFeedOptions): EventsFeed {
  const watching = new Map<LiveStream, (event: ApiEvent) => boolean>();
  let poll: NodeJS.Timeout | undefined;
  let look: ReturnType<typeof follow> | undefined;

  async function round(next: ReturnType<typeof follow>): Promise<void> {
    const { events, more } = await next();
    for (const [stream, matches] of watching) {
      for (const event of events) if (matches(event)) stream.send('event', event);
      // How many were left out nobody counted.
      if (more) stream.send('lagging', { dropped: 0 });
    }
  }

  function schedule(next: ReturnType<typeof follow>): void {
    poll = setTimeout(async () => {
      await round(next).catch(onError);
      if (watching.size > 0) schedule(next);
      else look = undefined;
    }, pollMs);
  }

  return {
    watch(stream, matches) {
      watching.set(stream, matches);
      if (look === undefined) {
        look = follow();
        schedule(look);
      }
      return () => watching.delete(stream);
    },
    close() {
      clearTimeout(poll);
      watching.clear();
    },
  };
}
