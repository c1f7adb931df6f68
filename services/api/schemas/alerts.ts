import { z } from 'zod';
import { alertStatuses, verdicts } from '../../domain/alerts/finding.ts';
import { page, pageParameters } from './page.ts';
import { count, endpointReference, id, instant, line, several, severity, text, userReference } from './scalars.ts';

export const status = z.enum(alertStatuses).meta({ id: 'AlertStatus' });
export const verdict = z.enum(verdicts).meta({ id: 'Verdict' });

/** The shape of domain/alerts/finding.ts `Evidence`. */
export const evidence = z
  .object({
    reason: z.string().describe('What happened and why that is unusual'),
    saw: z.array(z.object({ label: z.string(), value: z.string() })),
    usual: z.array(z.object({ value: z.string(), count: z.number() })).describe('The nearest normal behaviour'),
    baseline: z
      .object({
        phase: z.enum(['learning', 'saturated', 'enforced']),
        observations: z.number(),
        unseenProbability: z.number(),
      })
      .optional(),
    prevalence: z.object({ endpoints: z.number(), of: z.number() }).optional(),
    ancestry: z
      .array(
        z.object({
          execId: z.string(),
          pid: z.number(),
          exe: z.string(),
          args: z.array(z.string()),
          user: z.string(),
        }),
      )
      .describe('From the oldest known ancestor down to the acting process'),
  })
  .meta({ id: 'Evidence' });

const alertFields = {
  id,
  endpoint: endpointReference,
  detector: z.string(),
  program: z.string(),
  deviation: z.string(),
  title: z.string(),
  severity,
  techniques: z.array(z.string()),
  status,
  verdict: verdict.nullable(),
  assignee: userReference.nullable(),
  count: count.describe('How often it was found'),
  firstSeenAt: instant,
  lastSeenAt: instant,
  execId: z.string(),
  reason: z.string().describe('The first sentence of the evidence'),
  revision: count.describe('Grows with each triage; send it with a change to be told when somebody was faster'),
  createdAt: instant,
  updatedAt: instant,
};

export const alert = z.object(alertFields).meta({ id: 'Alert' });
export const alertDetail = z.object({ ...alertFields, evidence }).meta({ id: 'AlertDetail' });
export const alertPage = page('AlertPage', alert);

export const alertFilter = {
  status: several(status),
  severity: several(severity),
  verdict: several(verdict),
  assignee: z
    .union([id, z.enum(['me', 'none'])])
    .optional()
    .describe('A user id, `me` or `none`'),
  endpoint: id.optional(),
  detector: line(200).optional(),
  program: line(4096).optional(),
  technique: line(20).optional().describe('ATT&CK id; `T1003` finds its sub-techniques too'),
  search: line(200).optional().describe('Part of title, program, deviation, endpoint name or detector'),
};

export const alertSorts = ['lastSeen', 'firstSeen', 'severity', 'count'] as const;

export const alertsQuery = z.strictObject({
  ...pageParameters,
  ...alertFilter,
  sort: z.enum(alertSorts).default('lastSeen'),
  order: z.enum(['asc', 'desc']).default('desc'),
});

export const alertSummary = z
  .object({
    byStatus: z.object({ open: count, in_progress: count, closed: count }),
    bySeverity: z
      .object({ low: count, medium: count, high: count, critical: count })
      .describe('Of the alerts open or in progress'),
    unassigned: count,
    mine: count,
    detectors: z.array(z.object({ detector: z.string(), title: z.string(), count })).describe('The 50 most frequent'),
    endpoints: z.array(z.object({ id, name: z.string(), count })).describe('The 50 with the most alerts'),
  })
  .meta({ id: 'AlertSummary' });

export const triage = z
  .strictObject({
    status: status.optional(),
    verdict: verdict.nullable().optional().describe('Required to close; reopening clears it'),
    assigneeId: id.nullable().optional(),
    revision: count.optional().describe('The revision the change is based on; 409 `changed-meanwhile` if it is older'),
  })
  .meta({ id: 'Triage' });

export const newComment = z.strictObject({ text: text(4000) });

export const historyEntry = z
  .object({
    id: count,
    at: instant,
    actor: userReference.nullable().describe('null: Picket itself'),
    action: z.enum(['created', 'reopened', 'status', 'assignee', 'comment']),
    detail: z
      .record(z.string(), z.unknown())
      .describe('status: {from,to,verdict}; assignee: {from,to} (user names or null); comment: {text}'),
  })
  .meta({ id: 'AlertHistoryEntry' });
export const historyPage = page('AlertHistoryPage', historyEntry);
export const historyQuery = z.strictObject(pageParameters);

export const finding = z
  .object({
    stream: z.string(),
    sequence: count,
    foundAt: instant,
    execId: z.string(),
    count: count,
    evidence,
  })
  .meta({ id: 'Finding' });
export const findingPage = page('FindingPage', finding);
