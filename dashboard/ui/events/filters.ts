import { type EventKind, kindWords } from '../../lib/event-words.ts';
import type { Filters } from '../../lib/filters.ts';

export const eventKinds = (Object.keys(kindWords) as EventKind[]).filter(kind => kind !== 'unknown');

/** The event search's filters in the address. */
export const eventFilterSpec = {
  endpoint: 'text',
  kind: eventKinds,
  program: 'text',
  path: 'text',
  address: 'text',
  user: 'text',
  hash: 'text',
  unit: 'text',
  container: 'text',
  execId: 'text',
  search: 'text',
  from: 'text',
  to: 'text',
} as const;

export type EventFilters = Filters<typeof eventFilterSpec>;

/** The API's parameters for them. */
export function eventQuery({ kind, from, to, ...texts }: EventFilters) {
  const kinds = eventKinds.filter(each => kind?.split(',').includes(each));
  return {
    ...texts,
    kind: kinds.length === 0 ? undefined : kinds,
    from: instant(from),
    to: instant(to),
  };
}

/** A local date and time from the form (`2026-11-21T12:00`) as the API takes it. */
function instant(local: string | undefined): string | undefined {
  const at = local === undefined ? Number.NaN : Date.parse(local);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
