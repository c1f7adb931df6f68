import { matcher } from '../events/filter.ts';
import { streamRoute } from '../route.ts';
import * as schema from '../schemas/live.ts';

export const liveRoutes = [
  streamRoute({
    method: 'GET',
    path: '/live',
    access: 'viewer',
    tag: 'live',
    summary: 'Alerts and endpoints as they change (server-sent events)',
    reply: schema.liveMessage,
    open: (_, stream, { changesFeed }) => changesFeed.watch(stream),
  }),
  streamRoute({
    method: 'GET',
    path: '/live/events',
    access: 'viewer',
    tag: 'live',
    summary: 'New events that match, as they are stored (server-sent events)',
    query: schema.liveEventsQuery,
    reply: schema.liveEventMessage,
    open: ({ query }, stream, { eventsFeed }) => eventsFeed.watch(stream, matcher(query)),
  }),
];
