/** Errors are problem details (RFC 9457) with a `reason` that a program can act on. */

import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().describe('The name of the status'),
    status: z.int().min(400).max(599),
    reason: z.string().describe('Machine-readable, for example `validation`, `unauthenticated`, `last-admin`'),
    detail: z.string().describe('For people: what was wrong and what to do'),
    instance: z.string().describe('Request id, as in the server log and in the x-request-id header'),
    fields: z
      .array(z.object({ field: z.string().describe('`body.name`, `query.limit`, …'), message: z.string() }))
      .optional()
      .describe('What failed, where the request did not match its schema'),
    retryAfterSeconds: z.int().optional(),
  })
  .meta({ id: 'Problem' });

export type ProblemDocument = z.infer<typeof problemSchema>;
