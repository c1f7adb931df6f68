import { route } from '../route.ts';
import * as schema from '../schemas/baselines.ts';

export const baselineRoutes = [
  route({
    method: 'GET',
    path: '/baselines',
    access: 'viewer',
    tag: 'baselines',
    summary: 'What is learned of which program, by program',
    query: schema.baselinesQuery,
    reply: schema.baselinePage,
    handle: ({ query }, { control }) => control.baselines.list(query, query),
  }),
  route({
    method: 'GET',
    path: '/baselines/entries',
    access: 'viewer',
    tag: 'baselines',
    summary: 'What one baseline holds, the most frequent first',
    query: schema.baselineEntriesQuery,
    reply: schema.baselineEntryPage,
    handle: ({ query }, { control }) => control.baselines.entries(query, query),
  }),
];
