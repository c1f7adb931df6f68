/** The alert queue's filters in the address, and the API's parameters that they stand for. */

import { severities, statuses, verdicts } from './api.ts';
import type { Filters } from './filters.ts';

export const alertFilterSpec = {
  status: [...statuses, 'all'],
  severity: severities,
  verdict: verdicts,
  assignee: 'text',
  endpoint: 'text',
  detector: 'text',
  program: 'text',
  technique: 'text',
  search: 'text',
  sort: ['lastSeen', 'firstSeen', 'severity', 'count'],
  order: ['asc', 'desc'],
} as const;

export type AlertFilters = Filters<typeof alertFilterSpec>;

const among = <Value extends string>(allowed: readonly Value[], text: string | undefined): Value[] | undefined => {
  const values = allowed.filter(value => text?.split(',').includes(value));
  return values.length === 0 ? undefined : values;
};

const only = <Value extends string>(allowed: readonly Value[], text: string | undefined): Value | undefined =>
  allowed.find(value => value === text);

/** Without a status the queue is what is still to be done: open and in progress. */
export function alertQuery(filters: AlertFilters) {
  const { status, severity, verdict, sort, order, ...texts } = filters;
  return {
    ...texts,
    status: status === 'all' ? undefined : (among(statuses, status) ?? statuses.filter(each => each !== 'closed')),
    severity: among(severities, severity),
    verdict: among(verdicts, verdict),
    sort: only(alertFilterSpec.sort, sort) ?? 'lastSeen',
    order: only(alertFilterSpec.order, order) ?? 'desc',
  };
}

/** Whether anything narrows the queue: then "nothing found" means something else than "nothing there". */
export const isNarrowed = ({ sort: _sort, order: _order, ...filters }: AlertFilters): boolean =>
  Object.keys(filters).length > 0;
