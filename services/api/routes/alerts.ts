import type { TriageRefusal } from '../../ports/alerts.ts';
import { authorOf } from '../author.ts';
import { notFound, type Problem, problem } from '../problem.ts';
import { route } from '../route.ts';
import * as schema from '../schemas/alerts.ts';
import { idParameter } from '../schemas/scalars.ts';

const refusals: Readonly<Record<TriageRefusal, Problem>> = {
  'not-found': notFound('alert'),
  'changed-meanwhile': problem(
    409,
    'changed-meanwhile',
    'Somebody changed this alert since you read it: load it again and decide anew.',
  ),
  'verdict-needed': problem(400, 'verdict-needed', 'A closed alert needs a verdict.', {
    fields: [{ field: 'body.verdict', message: 'is needed' }],
  }),
  'verdict-without-closing': problem(400, 'verdict-without-closing', 'Only a closed alert has a verdict.', {
    fields: [{ field: 'body.verdict', message: 'needs status closed' }],
  }),
  'no-such-assignee': problem(400, 'no-such-assignee', 'Alerts are given to enabled analysts and admins.', {
    fields: [{ field: 'body.assigneeId', message: 'is no enabled analyst or admin' }],
  }),
};

export const alertRoutes = [
  route({
    method: 'GET',
    path: '/alerts',
    access: 'viewer',
    tag: 'alerts',
    summary: 'Alerts, filtered and sorted',
    query: schema.alertsQuery,
    reply: schema.alertPage,
    handle: ({ query, session }, { control }) =>
      control.alerts.list({ ...query, assignee: assigneeOf(query.assignee, session.user.id) }, query, query),
  }),
  route({
    method: 'GET',
    path: '/alerts/summary',
    access: 'viewer',
    tag: 'alerts',
    summary: 'How many alerts of which kind',
    reply: schema.alertSummary,
    handle: ({ session }, { control }) => control.alerts.summary(session.user.id),
  }),
  route({
    method: 'GET',
    path: '/alerts/:id',
    access: 'viewer',
    tag: 'alerts',
    summary: 'One alert with its evidence',
    params: idParameter,
    reply: schema.alertDetail,
    handle: async ({ params }, { control }) => (await control.alerts.get(params.id)) ?? notFound('alert'),
  }),
  route({
    method: 'PATCH',
    path: '/alerts/:id',
    access: 'analyst',
    tag: 'alerts',
    summary: 'Triage: status, verdict, assignee',
    params: idParameter,
    body: schema.triage,
    reply: schema.alertDetail,
    async handle(request, { control }) {
      const outcome = await control.alerts.triage(request.params.id, request.body, authorOf(request));
      return typeof outcome === 'string' ? refusals[outcome] : outcome;
    },
  }),
  route({
    method: 'POST',
    path: '/alerts/:id/comments',
    access: 'analyst',
    tag: 'alerts',
    summary: 'Comment on an alert',
    params: idParameter,
    body: schema.newComment,
    status: 201,
    reply: schema.historyEntry,
    async handle(request, { control }) {
      const outcome = await control.alerts.comment(request.params.id, request.body.text, authorOf(request));
      if (outcome === 'not-found') return notFound('alert');
      return outcome === 'too-many' ? problem(409, 'too-many-comments', 'This alert takes no more comments.') : outcome;
    },
  }),
  route({
    method: 'GET',
    path: '/alerts/:id/history',
    access: 'viewer',
    tag: 'alerts',
    summary: 'What was done to an alert, oldest first',
    params: idParameter,
    query: schema.historyQuery,
    reply: schema.historyPage,
    async handle({ params, query }, { control }) {
      const page = await control.alerts.history(params.id, query);
      return page === 'not-found' ? notFound('alert') : page;
    },
  }),
  route({
    method: 'GET',
    path: '/alerts/:id/findings',
    access: 'viewer',
    tag: 'alerts',
    summary: 'The first 50 findings of an alert with their evidence, oldest first',
    params: idParameter,
    query: schema.historyQuery,
    reply: schema.findingPage,
    async handle({ params, query }, { control }) {
      const page = await control.alerts.findings(params.id, query);
      return page === 'not-found' ? notFound('alert') : page;
    },
  }),
];

function assigneeOf(asked: string | undefined, me: string): string | null | undefined {
  if (asked === 'none') return null;
  return asked === 'me' ? me : asked;
}
