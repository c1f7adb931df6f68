import { z } from 'zod';
import { losses } from './endpoints.ts';
import { count } from './scalars.ts';

export const overview = z
  .object({
    endpoints: z.object({ alive: count, silent: count, never: count, revoked: count }),
    alerts: z.object({
      open: count,
      inProgress: count,
      bySeverity: z.object({ low: count, medium: count, high: count, critical: count }),
    }),
    events: z
      .object({ lastHour: count, perSecond: z.number() })
      .nullable()
      .describe('null while the event store does not answer'),
    baselines: z.object({ learning: count, saturated: count, enforced: count }),
    blind: count.describe('Endpoints that are not seen, or not wholly, at this time'),
    losses: losses.describe('The sum over all endpoints'),
  })
  .meta({ id: 'Overview' });
