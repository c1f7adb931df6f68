/** New events for the live view: one follower of the event store, the endpoints called by their names. */

import { type EndpointId, type Micros, micros } from '../../domain/events/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { EventStore } from '../../ports/event-store.ts';
import { EventFollower } from '../../queries/events/newest.ts';
import type { EventsFeedOptions } from '../live/events-feed.ts';
import { eventOf } from './event-of.ts';

/** Of one look; a person can't read more anyway. */
const mostInALook = 1_000;

export function followEvents(
  events: EventStore,
  { endpoints }: Pick<ControlStore, 'endpoints'>,
  now: () => Micros,
): EventsFeedOptions['follow'] {
  return () => {
    const start = now();
    const follower = new EventFollower(events, {}, mostInALook, micros(start));
    return async () => {
      const { events: found, more } = await follower.next(now());
      const names = await endpoints.names([...new Set(found.map(event => event.endpoint as EndpointId))]);
      return { events: found.map(event => eventOf(event, names)), more };
    };
  };
}
