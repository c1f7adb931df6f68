/** The API as a service: builds what the routes work with, serves, and ends in reverse order. */

import type { FastifyBaseLogger } from 'fastify';
import { Registry } from 'prom-client';
import { type Micros, micros } from '../domain/events/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { EventStore } from '../ports/event-store.ts';
import { sessionTimes } from './authenticate.ts';
import { type ApiConfig, defaults, type FullApiConfig } from './config.ts';
import { followEvents } from './events/live-events.ts';
import { changesFeed } from './live/changes-feed.ts';
import { eventsFeed } from './live/events-feed.ts';
import { liveStreams } from './live/streams.ts';
import { newMetrics } from './metrics.ts';
import { gate } from './passwords/gate.ts';
import { passwordHasher } from './passwords/hash.ts';
import { addressRule } from './routes/session.ts';
import { routes } from './routes.ts';
import { buildServer } from './server.ts';
import type { ApiServices } from './services.ts';

export interface ApiDependencies {
  readonly controlStore: ControlStore;
  readonly eventStore: EventStore;
  readonly log: FastifyBaseLogger;
  /** What /metrics shows; the API adds its own. */
  readonly registry?: Registry;
  /** Micros of the wall clock. */
  readonly now?: () => Micros;
}

export interface RunningApi {
  /** `http://host:port`, without a path. */
  readonly url: string;
  readonly port: number;
  /** Ends the live streams, answers what is being asked, stops listening. The stores stay open: who opened them closes them. */
  close(): Promise<void>;
}

/** Password hashes that run and wait at once: each takes 19 MiB and 40 ms of a core. */
const hashing = { running: 2, waiting: 50 };
const sweepEveryMs = 10 * 60_000;

export async function runApi(given: ApiConfig, dependencies: ApiDependencies): Promise<RunningApi> {
  const config: FullApiConfig = { ...defaults, ...withoutUndefined(given) };
  const { controlStore: control, eventStore: events, log } = dependencies;
  const now = dependencies.now ?? (() => micros(Date.now() * 1000));
  const metrics = newMetrics(dependencies.registry ?? new Registry());
  const { pollMs, heartbeatMs } = config;
  const warn = (words: string) => (error: unknown) => log.warn({ err: error }, words);

  const streams = liveStreams({
    changes: control.changes,
    isGood: async ({ tokenHash }) =>
      (await control.sessions.find(tokenHash, { ...sessionTimes({ config, now }), use: false })) !== undefined,
    metrics,
    heartbeatMs,
  });
  const services: ApiServices = {
    config,
    control,
    events,
    passwords: passwordHasher(gate(hashing.running, hashing.waiting)),
    changesFeed: changesFeed({ control, now, pollMs, onError: warn('live changes could not be read') }),
    eventsFeed: eventsFeed({
      follow: followEvents(events, control, now),
      pollMs,
      onError: warn('live events could not be read'),
    }),
    metrics,
    log,
    now,
  };
  const app = await buildServer(routes, services, streams);
  const sweep = setInterval(() => {
    const at = sessionTimes({ config, now });
    Promise.all([control.sessions.sweep(at), control.logins.sweep(addressRule, at.now)]).catch(
      warn('ended sessions could not be removed'),
    );
  }, sweepEveryMs);
  const url = await app.listen({
    host: config.host,
    port: config.port,
    listenTextResolver: address => `the API serves at ${address}`,
  });
  return {
    url,
    port: Number(new URL(url).port),
    async close() {
      clearInterval(sweep);
      services.changesFeed.close();
      services.eventsFeed.close();
      streams.close();
      await app.close();
    },
  };
}

/** An option that is given as undefined is not given. */
function withoutUndefined(config: ApiConfig): ApiConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined)) as unknown as ApiConfig;
}
