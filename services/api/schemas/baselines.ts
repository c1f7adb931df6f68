import { z } from 'zod';
import { page, pageParameters } from './page.ts';
import { count, endpointReference, id, instant, line } from './scalars.ts';

export const family = z.enum(['file', 'lineage']).meta({ id: 'BaselineFamily' });
export const phase = z.enum(['learning', 'saturated', 'enforced']).meta({ id: 'BaselinePhase' });

export const baseline = z
  .object({
    endpoint: endpointReference,
    family,
    program: z.string(),
    phase,
    unbounded: z
      .boolean()
      .describe('Does so many different things that no list of them says anything: no entries, never enforced'),
    observations: count,
    distinct: count,
    unseenProbability: z.number().min(0).max(1).describe('How likely the next observation is a new one (Good-Turing)'),
    firstSeenAt: instant,
    lastSeenAt: instant,
    enforcedAt: instant.nullable(),
  })
  .meta({ id: 'Baseline' });

export const baselinePage = page('BaselinePage', baseline);
export const baselinesQuery = z.strictObject({
  ...pageParameters,
  endpoint: id.optional(),
  program: line(4096).optional(),
  family: family.optional(),
  phase: phase.optional(),
  search: line(200).optional(),
});

export const baselineEntry = z
  .object({ value: z.string(), count, firstSeenAt: instant, lastSeenAt: instant })
  .meta({ id: 'BaselineEntry' });
export const baselineEntryPage = page('BaselineEntryPage', baselineEntry);
export const baselineEntriesQuery = z.strictObject({
  ...pageParameters,
  endpoint: id,
  family,
  program: line(4096),
  search: line(200).optional(),
});
