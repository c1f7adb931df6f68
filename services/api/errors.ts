/** From what was thrown to a problem: requests that could not be read, stores that are away, and our own bugs. */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { StoreUnavailable } from '../ports/control-store.ts';
import { EventStoreUnavailable } from '../ports/event-store.ts';
import { BadCursor } from '../ports/page.ts';
import { GateFull } from './passwords/gate.ts';
import { type Problem, problem, problemDocument } from './problem.ts';

export function sendProblem(request: FastifyRequest, reply: FastifyReply, what: Problem): FastifyReply {
  if (what.status === 401) reply.header('www-authenticate', 'Bearer realm="picket"');
  if (what.retryAfterSeconds !== undefined) reply.header('retry-after', what.retryAfterSeconds);
  // As bytes: of text fastify would say a charset, which this media type does not have.
  const document = Buffer.from(JSON.stringify(problemDocument(what, request.id)));
  return reply.code(what.status).type('application/problem+json').send(document);
}

export function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const what = problemOf(error);
  if (what.status === 500) request.log.error({ err: error, request: request.id }, 'a request failed: this is a bug');
  if (what.status === 503) request.log.warn({ err: error, request: request.id }, 'a store does not answer');
  return sendProblem(request, reply, what);
}

const bodyProblems: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: problem(415, 'media-type', 'Send the body as application/json.'),
  FST_ERR_CTP_BODY_TOO_LARGE: problem(413, 'too-large', 'The body is larger than any request needs.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: problem(400, 'malformed', 'The body is not as long as Content-Length says.'),
};

/** Where fastify found the fault, in the words of HTTP. */
const places: Readonly<Record<string, string>> = { querystring: 'query' };

function problemOf(error: FastifyError): Problem {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const context = error.validationContext ?? 'request';
    const place = places[context] ?? context;
    const fields = error.validation.slice(0, 50).map(({ instancePath, message }) => ({
      field: `${place}${instancePath.replaceAll('/', '.')}`.replace(/\.$/, ''),
      message: message ?? 'is wrong',
    }));
    const first = fields[0];
    return problem(400, 'validation', `${first?.field ?? place}: ${first?.message ?? 'is wrong'}`, { fields });
  }
  if (error instanceof BadCursor) {
    return problem(400, 'bad-cursor', 'The cursor is not of this list in this order: start with the first page.');
  }
  if (error instanceof StoreUnavailable) {
    return problem(503, 'unavailable', 'A data store does not answer. Try again in a moment.', {
      retryAfterSeconds: 2,
    });
  }
  if (error instanceof EventStoreUnavailable) {
    const detail = 'The event store does not answer, or took too long. Try again, or narrow the search.';
    return problem(503, 'unavailable', detail, { retryAfterSeconds: 2 });
  }
  if (error instanceof GateFull) {
    return problem(503, 'busy', 'Too many logins at once. Try again in a moment.', { retryAfterSeconds: 1 });
  }
  if (error.statusCode === 429) {
    return problem(429, 'rate-limited', 'Too many requests from this address.', { retryAfterSeconds: 60 });
  }
  const known = bodyProblems[error.code];
  if (known !== undefined) return known;
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return problem(error.statusCode, 'malformed', 'The request could not be read: valid JSON was expected.');
  }
  return problem(500, 'internal', 'Something in Picket went wrong; the server log has more under this request id.');
}
