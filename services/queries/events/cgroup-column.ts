/** The unit and the container of an event, as `domain/events/cgroup.ts` tells them, for conditions on the column `cgroup`. */

import { containerPatterns, unitPattern } from '../../domain/events/cgroup.ts';

/** Each function takes one column of low cardinality and constants: it is called for each different path, not for each event. */
const group = (pattern: RegExp): string => `extract(cgroup, ${literal(pattern)})`;
const fits = (pattern: RegExp): string => `match(cgroup, ${literal(pattern)})`;

/** @param is `= …` or `LIKE …` */
export const unitCondition = (is: string): string =>
  [fits(unitPattern), `${group(unitPattern)} ${is}`, ...containerPatterns.map(pattern => `NOT ${fits(pattern)}`)].join(
    ' AND ',
  );

/** @param is `= …` or `LIKE …` */
export function containerCondition(is: string): string {
  const ways = containerPatterns.map((pattern, i) =>
    [
      fits(pattern),
      ...containerPatterns.slice(0, i).map(earlier => `NOT ${fits(earlier)}`),
      `replaceAll(${group(pattern)}, '\\\\x2d', '-') ${is}`,
    ].join(' AND '),
  );
  return `(${ways.join(' OR ')})`;
}

function literal(pattern: RegExp): string {
  return `'${pattern.source.replaceAll('\\', '\\\\')}'`;
}
