/** Moments as the control store and the API write them. */

import type { Micros } from '../domain/events/ids.ts';
import { micros } from '../domain/events/ids.ts';

declare const brand: unique symbol;
/** RFC 3339 in UTC with microseconds, `2026-11-21T03:04:05.123456Z`: sorts as text, loses nothing that PostgreSQL keeps. */
export type Instant = string & { readonly [brand]: 'Instant' };

export function instantOf(time: Micros): Instant {
  const milliseconds = Math.floor(time / 1000);
  const rest = String(time - milliseconds * 1000).padStart(3, '0');
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`) as Instant;
}

/** The moment in microseconds; digits beyond them are cut. Takes any RFC 3339 form. */
export function microsOf(instant: string): Micros {
  const fraction = /\.(\d+)/.exec(instant)?.[1] ?? '';
  const seconds = Date.parse(instant.replace(/\.\d+/, ''));
  return micros(seconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0')));
}
