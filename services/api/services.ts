/** What the handlers of routes work with. */

import type { FastifyBaseLogger } from 'fastify';
import type { Micros } from '../domain/events/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { FullApiConfig } from './config.ts';
import type { ChangesFeed } from './live/changes-feed.ts';
import type { EventsFeed } from './live/events-feed.ts';
import type { Metrics } from './metrics.ts';
import type { PasswordHasher } from './passwords/hash.ts';

export interface ApiServices {
  readonly config: FullApiConfig;
  readonly control: ControlStore;
  readonly events: EventStore;
  readonly passwords: PasswordHasher;
  readonly changesFeed: ChangesFeed;
  readonly eventsFeed: EventsFeed;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
  readonly now: () => Micros;
}
