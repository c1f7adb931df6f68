/** How long to wait before the next try: twice as long each time up to a bound, and never all agents at the same moment. */

export interface BackoffBounds {
  readonly firstMillis: number;
  readonly largestMillis: number;
}

/** `failures` so far, at least 1; `random` in [0, 1). Gives 50 to 100 % of the doubled wait, milliseconds. */
export function backoff(failures: number, random: number, { firstMillis, largestMillis }: BackoffBounds): number {
  const full = Math.min(largestMillis, firstMillis * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + random / 2);
}

/** Retry-After (RFC 9110, 10.2.3), seconds or a date, as milliseconds from `nowMillis`; undefined where it says nothing useful. */
export function retryAfter(header: string | undefined, nowMillis: number): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMillis;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 3_600_000) : undefined;
}
