import { route } from '../route.ts';
import * as schema from '../schemas/audit.ts';

export const auditRoutes = [
  route({
    method: 'GET',
    path: '/audit',
    access: 'admin',
    tag: 'audit',
    summary: 'Who changed what, newest first',
    query: schema.auditQuery,
    reply: schema.auditPage,
    handle: ({ query }, { control }) => control.audit.list(query, query),
  }),
];
