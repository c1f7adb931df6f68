/** A route's schemas in the form that fastify and the OpenAPI document take. */

import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { Route } from './route.ts';
import { problemSchema } from './schemas/problem.ts';

const problemReply = {
  description: 'What was wrong (RFC 9457)',
  content: { 'application/problem+json': { schema: problemSchema } },
};

export function fastifySchema(route: Route): FastifySchema & Record<string, unknown> {
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: describeAccess(route),
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    ...(route.params ? { params: route.params } : {}),
    ...(route.query ? { querystring: route.query } : {}),
    ...(route.body ? { body: route.body } : {}),
    response: { ...success(route), default: problemReply },
  };
}

function success(route: Route): Record<number, unknown> {
  if (route.reply === undefined) return { 204: z.undefined().describe('Done') };
  const type = route.kind === 'stream' ? 'text/event-stream' : 'application/json';
  return { [route.status ?? 200]: { description: 'Success', content: { [type]: { schema: route.reply } } } };
}

/** `GET /alerts/:id/history` is `getAlertsIdHistory`. */
function operationId(route: Route): string {
  const words = route.path.split(/[^A-Za-z]+/).filter(Boolean);
  return route.method.toLowerCase() + words.map(word => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function describeAccess(route: Route): string {
  return route.access === 'public' ? 'No login needed.' : `Needs the role ${route.access} or a higher one.`;
}
