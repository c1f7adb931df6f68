import type { EndpointId, ExecId } from '../../domain/events/ids.ts';
import { eventCount } from '../../queries/events/count.ts';
import { cursorOf, findEvents } from '../../queries/events/search.ts';
import { findStory } from '../../queries/events/story.ts';
import { decodeEventCursor, encodeEventCursor } from '../events/cursor.ts';
import { eventOf } from '../events/event-of.ts';
import { storeFilter } from '../events/filter.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import * as schema from '../schemas/events.ts';

export const eventRoutes = [
  route({
    method: 'GET',
    path: '/events',
    access: 'viewer',
    tag: 'events',
    summary: 'Events, newest first',
    query: schema.eventsQuery,
    reply: schema.eventPage,
    async handle({ query, signal }, { control, events, now }) {
      const { cursor, limit, ...filter } = query;
      const after = cursor === undefined ? undefined : decodeEventCursor(cursor);
      // One more than the page holds tells whether there is a next one.
      const found = await findEvents(events, storeFilter(filter), { limit: limit + 1, after }, now(), signal);
      const kept = found.slice(0, limit);
      const last = kept.at(-1);
      const names = await control.endpoints.names([...new Set(kept.map(event => event.endpoint))]);
      return {
        items: kept.map(event => eventOf(event, names)),
        nextCursor: found.length > limit && last !== undefined ? encodeEventCursor(cursorOf(last)) : null,
      };
    },
  }),
  route({
    method: 'GET',
    path: '/events/count',
    access: 'viewer',
    tag: 'events',
    summary: 'How many events match',
    query: schema.eventsCountQuery,
    reply: schema.eventsCount,
    async handle({ query, signal }, { events }) {
      const { query: sql, parameters } = eventCount(storeFilter(query));
      const [row] = await events.query(sql, parameters, signal);
      return { count: row?.count ?? 0 };
    },
  }),
  route({
    method: 'GET',
    path: '/events/story',
    access: 'viewer',
    tag: 'events',
    summary: 'One process: its ancestors, its children and what it did',
    query: schema.storyQuery,
    reply: schema.story,
    async handle({ query: { endpoint, execId, limit }, signal }, { control, events }) {
      const id = endpoint.toLowerCase() as EndpointId;
      const [story, names] = await Promise.all([
        findStory(events, id, execId as ExecId, limit, signal),
        control.endpoints.names([id]),
      ]);
      if (story === undefined) return notFound('process');
      const all = (found: typeof story.events) => found.map(event => eventOf(event, names));
      const { process, ancestors, children, cut } = story;
      return {
        process: eventOf(process, names),
        ancestors: all(ancestors),
        children: all(children),
        events: all(story.events),
        cut,
      };
    },
  }),
];
