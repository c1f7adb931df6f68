import { z } from 'zod';
import { page, pageParameters } from './page.ts';
import { count, id, instant, line } from './scalars.ts';

export const auditEntry = z
  .object({
    id: count,
    at: instant,
    actor: z.object({ id, email: z.string() }).nullable().describe('null: Picket itself'),
    address: z.string().nullable().describe('Where the request came from'),
    action: z.string().describe('`user.created`, `endpoint.key-rotated`, `alert.triaged`, …'),
    subject: z.object({ kind: z.string(), id: z.string(), name: z.string() }).nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

export const auditPage = page('AuditPage', auditEntry);
export const auditQuery = z.strictObject({
  ...pageParameters,
  actor: id.optional(),
  action: line(60).optional().describe('An action, or its beginning: `user.` finds all changes of users'),
  search: line(200).optional(),
});
