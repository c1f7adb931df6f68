import { z } from 'zod';
import { alert } from './alerts.ts';
import { endpoint } from './endpoints.ts';
import { event, eventFilter } from './events.ts';

/**
 * Server-sent events of /live, each `event: NAME` with one JSON value in `data:`. `lagging` says that the client read
 * too slowly and something was left out: it should load its lists again.
 */
export const liveMessage = z
  .discriminatedUnion('event', [
    z.object({ event: z.literal('alert'), data: alert }),
    z.object({ event: z.literal('endpoint'), data: endpoint }),
    z.object({ event: z.literal('endpoint-removed'), data: z.object({ id: z.string() }) }),
    z.object({ event: z.literal('lagging'), data: z.object({ dropped: z.int() }) }),
    z.object({ event: z.literal('end'), data: z.object({ reason: z.string() }) }),
  ])
  .meta({ id: 'LiveMessage' });

export const liveEventMessage = z
  .discriminatedUnion('event', [
    z.object({ event: z.literal('event'), data: event }),
    z.object({ event: z.literal('lagging'), data: z.object({ dropped: z.int() }) }),
    z.object({ event: z.literal('end'), data: z.object({ reason: z.string() }) }),
  ])
  .meta({ id: 'LiveEventMessage' });

const { from: _from, to: _to, ...liveFilter } = eventFilter;
export const liveEventsQuery = z.strictObject(liveFilter);
