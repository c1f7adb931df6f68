import { z } from 'zod';
import { page, pageParameters } from './page.ts';
import { count, id, instant, line } from './scalars.ts';

export const endpointState = z
  .enum(['alive', 'silent', 'never', 'revoked'])
  .describe('alive: seen in the last 30 s; never: has not submitted yet')
  .meta({ id: 'EndpointState' });

/** Counters of what was lost or cut, by name, since the agent started; absent means zero. */
export const losses = z.record(z.string(), z.number()).describe('What was lost or cut, by name');

export const endpoint = z
  .object({
    id,
    name: z.string(),
    state: endpointState,
    createdAt: instant,
    keySetAt: instant,
    revokedAt: instant.nullable(),
    lastSeenAt: instant.nullable(),
    agentVersion: z.string().nullable(),
    bootId: z.string().nullable(),
    losses,
    heartbeat: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('The agent of itself: hostname, os, kernel, cpuMicros, rssBytes, spoolBytes, hooks, …'),
    heartbeatAt: instant.nullable(),
    refusal: z
      .object({ at: instant, reason: z.string(), detail: z.string() })
      .nullable()
      .describe('Why its newest submissions are refused, for example `clock-skew`; null once one is taken'),
    response: z
      .object({
        at: instant,
        isolation: z
          .object({
            sinceMicros: z.number(),
            untilMicros: z.number().nullable().describe('null: until it is released'),
            fleeting: z.string().describe('Why the isolation would end with the agent; empty where it would not'),
          })
          .nullable()
          .describe('null: the host has its network'),
      })
      .nullable()
      .describe('What the agent last said when it asked for commands; null: it takes none'),
    openAlerts: count.describe('Alerts open or in progress'),
  })
  .meta({ id: 'Endpoint' });

export const blindSpans = z
  .object({
    items: z.array(
      z.object({
        detector: z.string().describe('Why: the detector whose alert tells more, sensor.silent, sensor.stopped, …'),
        beganAt: instant,
        endedAt: instant.nullable().describe('null: it lasts'),
        lost: count.describe('Events; 0 where nobody can know'),
        explanation: z.string().nullable().describe('What it was, once that is known'),
      }),
    ),
  })
  .meta({ id: 'BlindSpans' });

export const endpointPage = page('EndpointPage', endpoint);
export const endpointsQuery = z.strictObject({
  ...pageParameters,
  search: line(120).optional(),
  state: endpointState.optional(),
});

/** As strict as the agent is when it reads it (agent/config/values.ts). */
export const submissionUrl = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine(isSubmissionUrl, 'must be http[s]://SERVER:PORT/submit_logs, without user name, query or fragment')
  .describe('Where the agent submits, http[s]://SERVER:5001/submit_logs; by default the public address of this server');

function isSubmissionUrl(value: string): boolean {
  const url = URL.parse(value);
  // The URL parser forgives spaces and line ends, the configuration file does not.
  const plain = !/[\s\\#?@]/.test(value);
  return url !== null && plain && url.pathname.endsWith('/submit_logs');
}

export const usualSubmissionUrl = z
  .object({ api: z.string().describe('What a configuration says where no `api` was given') })
  .meta({ id: 'SubmissionUrl' });

export const newEndpoint = z.strictObject({ name: line(120), api: submissionUrl.optional() });
/** The body may be left out: fastify says null then. */
export const keyRotation = z.strictObject({ api: submissionUrl.optional() }).nullish();
export const endpointRename = z.strictObject({ name: line(120) });
export const endpointWithConfiguration = z
  .object({
    endpoint,
    configuration: z.string().describe('/etc/monitoringAgent.conf, with the private key; shown once'),
  })
  .meta({ id: 'EndpointWithConfiguration' });
