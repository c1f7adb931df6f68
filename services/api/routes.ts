/** Every route of the API, in the order of the OpenAPI document. */

import type { Route } from './route.ts';
import { alertRoutes } from './routes/alerts.ts';
import { auditRoutes } from './routes/audit.ts';
import { baselineRoutes } from './routes/baselines.ts';
import { endpointRoutes } from './routes/endpoints.ts';
import { eventRoutes } from './routes/events.ts';
import { liveRoutes } from './routes/live.ts';
import { overviewRoutes } from './routes/overview.ts';
import { responseRoutes } from './routes/response.ts';
import { sessionRoutes } from './routes/session.ts';
import { userRoutes } from './routes/users.ts';

export const prefix = '/api/v1';

export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...overviewRoutes,
  ...alertRoutes,
  ...endpointRoutes,
  ...responseRoutes,
  ...eventRoutes,
  ...baselineRoutes,
  ...liveRoutes,
  ...userRoutes,
  ...auditRoutes,
];
