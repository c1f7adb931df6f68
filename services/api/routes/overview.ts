import { instantOf } from '../../ports/instant.ts';
import { eventOverview } from '../../queries/events/count.ts';
import { route } from '../route.ts';
import * as schema from '../schemas/overview.ts';
import type { ApiServices } from '../services.ts';

export const overviewRoutes = [
  route({
    method: 'GET',
    path: '/overview',
    access: 'viewer',
    tag: 'overview',
    summary: 'The figures of the first page',
    reply: schema.overview,
    async handle({ session, signal }, services) {
      const { control, now } = services;
      const [endpoints, alerts, events, baselines] = await Promise.all([
        control.endpoints.totals(instantOf(now())),
        control.alerts.summary(session.user.id),
        eventFigures(services, signal),
        control.baselines.phases(),
      ]);
      const { open, in_progress: inProgress } = alerts.byStatus;
      return {
        endpoints: endpoints.states,
        alerts: { open, inProgress, bySeverity: alerts.bySeverity },
        events,
        baselines,
        blind: endpoints.blind,
        losses: endpoints.losses,
      };
    },
  }),
];

/** The rest of the first page stands without the event store. */
async function eventFigures({ events, now, log }: ApiServices, signal: AbortSignal) {
  try {
    const [row] = await events.query(eventOverview, { now: now() }, signal);
    return row === undefined ? null : { lastHour: row.lastHour, perSecond: row.lastMinute / 60 };
  } catch (error) {
    log.warn({ err: error }, 'the event store does not answer');
    return null;
  }
}
