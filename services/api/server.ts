/** The HTTP server: registers the routes as they declare themselves, and what all of them share. */

import { randomUUID } from 'node:crypto';
import { fastifyRateLimit } from '@fastify/rate-limit';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { authenticate } from './authenticate.ts';
import { sendError, sendProblem } from './errors.ts';
import { fastifySchema } from './fastify-schema.ts';
import type { Streams } from './live/streams.ts';
import { openApiDocument } from './openapi.ts';
import { isProblem, problem } from './problem.ts';
import type { JsonRoute, Route, StreamRoute } from './route.ts';
import { prefix } from './routes.ts';
import type { ApiServices } from './services.ts';

/** The largest body that a request needs is a comment of 4,000 characters. */
const bodyLimit = 64 * 1024;

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export async function buildServer(
  routes: readonly Route[],
  services: ApiServices,
  streams: Streams,
): Promise<FastifyInstance> {
  const { config, metrics } = services;
  const app: FastifyInstance = fastify({
    loggerInstance: services.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: typeof config.trustedProxies === 'string' ? config.trustedProxies : [...config.trustedProxies],
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 100 },
    requestTimeout: 30_000,
    forceCloseConnections: true,
    frameworkErrors: sendError,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('picketSession', undefined);
  acceptEmptyJson(app);

  requireAccess(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id });
  });
  await app.register(fastifyRateLimit, { max: config.requestsPerMinute, timeWindow: 60_000 });
  app.addHook('onRequest', async (request, reply) => {
    const refusal = request.is404 ? undefined : await authenticate(request, services);
    if (refusal !== undefined) return sendProblem(request, reply, refusal);
  });
  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: `${reply.statusCode}` };
    metrics.requests.observe(labels, reply.elapsedTime / 1000);
  });
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      request,
      reply,
      problem(404, 'no-such-route', 'There is nothing here; /openapi.json lists what there is.'),
    ),
  );

  for (const route of routes) {
    const { access, beforePasswordChange = false } = route;
    app.route({
      method: route.method,
      url: prefix + route.path,
      schema: fastifySchema(route),
      config: { access, beforePasswordChange },
      handler: route.kind === 'json' ? jsonHandler(route, services) : streamHandler(route, services, streams),
    });
  }
  registerOperation(app, services);
  return app;
}

/** A route without a declared role can't be registered: what was forgotten fails at the start, not in an attack. */
export function requireAccess(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`${String(method)} ${url} does not say who may call it`);
  });
}

function jsonHandler(route: JsonRoute, services: ApiServices) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const outcome = await route.handle(requestOf(request) as Parameters<JsonRoute['handle']>[0], services);
    if (isProblem(outcome)) return sendProblem(request, reply, outcome);
    if (route.reply === undefined) return reply.code(204).send();
    return reply
      .code(route.status ?? 200)
      .type('application/json')
      .send(outcome);
  };
}

function streamHandler(route: StreamRoute, services: ApiServices, streams: Streams) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const session = request.picketSession!;
    const refusal = streams.admit(session);
    if (refusal !== undefined) return sendProblem(request, reply, refusal);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    // Headers wait for the first byte otherwise; the client would not know that it listens.
    reply.raw.write(': listening\n\n');
    const stream = streams.open(reply.raw, session);
    const stop = route.open(requestOf(request) as Parameters<StreamRoute['open']>[0], stream, services);
    reply.raw.once('close', stop);
    if (reply.raw.destroyed) stop();
    return reply;
  };
}

function requestOf(request: FastifyRequest) {
  return {
    params: request.params,
    query: request.query,
    body: request.body,
    session: request.picketSession,
    address: request.ip,
    origin: `${request.protocol}://${request.host}`,
    signal: request.signal,
  };
}

/** Clients that always send `content-type: application/json` do so where there is no body, too. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}

/** What operators and client generators ask, outside of /api/v1. */
function registerOperation(app: FastifyInstance, { control, events, metrics }: ApiServices): void {
  const open = { config: { access: 'public' as const } };
  let document: Promise<unknown> | undefined;
  app.get('/openapi.json', open, () => {
    document ??= openApiDocument();
    return document;
  });
  app.get('/healthz', open, async (_, reply) => {
    const [controlStore, eventStore] = await Promise.all([control.ping(), events.ping()]);
    const healthy = controlStore && eventStore;
    return reply.code(healthy ? 200 : 503).send({ status: healthy ? 'ok' : 'degraded', controlStore, eventStore });
  });
  app.get('/metrics', open, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
