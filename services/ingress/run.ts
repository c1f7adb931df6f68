/** Ingress: the HTTP server that agents submit to. Plain node:http, because this is the hottest path and has one route. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { EndpointId, Micros } from '../domain/events/ids.ts';
import type { Bus } from '../ports/bus.ts';
import type { Decoder } from '../ports/decoder.ts';
import type { EndpointDirectory } from '../ports/endpoint-directory.ts';
import { answer, problem, refuseConnection, send } from './answer.ts';
import { Aborted, readBody } from './body.ts';
import type { IngressConfig } from './config.ts';
import { exchange, exchangeLimit, exchangePath } from './exchange.ts';
import { Hindrances } from './hindrances.ts';
import { ingressMetrics } from './metrics.ts';
import { ReplayWindow } from './replay-window.ts';
import { Room } from './room.ts';
import { type Reception, receive } from './submission.ts';
import { TokenBuckets } from './token-buckets.ts';
import { Watermarks } from './watermarks.ts';

export interface IngressDependencies {
  readonly bus: Bus;
  readonly decoder: Decoder;
  readonly directory: EndpointDirectory;
  readonly registry: Registry;
  readonly logger: Logger;
  now(): Micros;
}

export interface Ingress {
  readonly port: number;
  /** Takes no more requests, answers those it has, keeps the watermarks. The bus and the directory stay open. */
  close(): Promise<void>;
}

interface Route {
  readonly methods: readonly string[];
  serve(response: ServerResponse, request: IncomingMessage): Promise<void>;
}

/** Milliseconds between two savings of the watermarks, and that `close` gives to requests under way. */
const saveEvery = 2_000;
const closeWithin = 5_000;
/** Connections that wait to be taken: after a restart a whole fleet comes at once. The kernel may allow fewer (net.core.somaxconn). */
const backlog = 8_192;

export async function runIngress(config: IngressConfig, dependencies: IngressDependencies): Promise<Ingress> {
  const { limits } = config;
  const { logger, registry } = dependencies;
  const held = new Room(limits.heldBytes);
  const watermarks = await Watermarks.open(config.watermarkFile, logger);
  const buckets = new TokenBuckets(limits.eventsPerSecond, limits.eventBurst);
  const hindrances = new Hindrances(logger);
  const reception: Reception = {
    ...dependencies,
    limits,
    buckets,
    underWay: new Room(limits.underWay),
    watermarks,
    hindrances,
    replays: new ReplayWindow(limits.clockSeconds, limits.replays),
    metrics: ingressMetrics(registry, dependencies.bus, hindrances),
  };

  const server = createServer(
    {
      maxHeaderSize: 8 << 10,
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeout),
      keepAliveTimeout: 75_000,
      noDelay: true,
    },
    (request, response) => {
      const path = request.url ?? '';
      const route = routes.get(path);
      if (!route) return problem(response, 404, 'not-found', 'Submissions go to POST /submit_logs');
      if (!route.methods.includes(request.method ?? '')) {
        response.setHeader('allow', route.methods.join(', '));
        return problem(response, 405, 'method-not-allowed', `${path} takes ${route.methods.join(' or ')}`);
      }
      route.serve(response, request).catch(error => {
        logger.error({ err: error, path }, 'A request failed in a way that nobody expected');
        if (!response.headersSent) problem(response, 500, 'internal', 'The server made a mistake; its log says more');
        else response.destroy();
      });
    },
  );
  server.maxConnections = limits.connections;
  server.on('clientError', refuseConnection);

  const routes = new Map<string, Route>([
    ['/submit_logs', { methods: ['POST'], serve: submit }],
    [exchangePath, { methods: ['POST'], serve: handOver }],
    [
      '/healthz',
      {
        methods: ['GET', 'HEAD'],
        serve: async response => {
          // Healthy all the same: neither a new start nor another ingress would mend it, and agents are to be told to wait.
          const hindered = hindrances.words();
          const health = { status: 'ok', ...(hindered.length > 0 && { hindered }) };
          send(response, 200, 'application/json', JSON.stringify(health));
        },
      },
    ],
    [
      '/metrics',
      {
        methods: ['GET', 'HEAD'],
        serve: async response => send(response, 200, registry.contentType, await registry.metrics()),
      },
    ],
  ]);

  async function submit(response: ServerResponse, request: IncomingMessage): Promise<void> {
    const { metrics } = reception;
    const stop = metrics.seconds.startTimer();
    let giveBack = (): void => undefined;
    try {
      const outcome = await receive(
        {
          path: '/submit_logs',
          headers: request.headers,
          readBody: async endpoint => {
            const body = await readBody(request, endpoint, limits.bodyBytes, held);
            if (Buffer.isBuffer(body)) giveBack = () => held.give(endpoint, body.length);
            return body;
          },
        },
        reception,
      );
      metrics.submissions.inc({ outcome: outcome.accepted ? outcome.status : outcome.reason });
      // A connection that stays open would hold up the end of the server.
      if (closing) response.setHeader('connection', 'close');
      answer(response, outcome);
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      metrics.submissions.inc({ outcome: 'aborted' });
    } finally {
      giveBack();
      stop();
    }
  }

  async function handOver(response: ServerResponse, request: IncomingMessage): Promise<void> {
    let giveBack = (): void => undefined;
    try {
      const { headers } = request;
      const read = async (endpoint: EndpointId) => {
        const body = await readBody(request, endpoint, exchangeLimit, held);
        if (Buffer.isBuffer(body)) giveBack = () => held.give(endpoint, body.length);
        return body;
      };
      const outcome = await exchange({ headers, readBody: read }, reception, dependencies.now);
      reception.metrics.exchanges.inc({ outcome: outcome.accepted ? 'accepted' : outcome.reason });
      if (closing) response.setHeader('connection', 'close');
      if (outcome.accepted) send(response, 200, 'application/json', JSON.stringify({ commands: outcome.commands }));
      else answer(response, outcome);
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      reception.metrics.exchanges.inc({ outcome: 'aborted' });
    } finally {
      giveBack();
    }
  }

  let closing = false;
  const saving = setInterval(() => {
    buckets.sweep(dependencies.now() / 1e6);
    watermarks
      .save()
      .catch(error =>
        logger.warn({ err: error }, 'The watermarks of the streams could not be written; the next try is soon'),
      );
  }, saveEvery);
  saving.unref();

  await listen(server, config);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      closing = true;
      clearInterval(saving);
      await closeServer(server);
      await watermarks.save();
    },
  };
}

function listen(server: Server, { host, port }: IngressConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  const patience = setTimeout(() => server.closeAllConnections(), closeWithin);
  await closed;
  clearTimeout(patience);
}
