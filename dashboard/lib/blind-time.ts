/** Times in which a host was not seen, as lengths and as places on a line. Milliseconds throughout. */

import { blindWords } from './blind-words.ts';

interface Span {
  readonly detector: string;
  readonly beganAt: string;
  /** null: it has not ended. */
  readonly endedAt: string | null;
}

export interface Part {
  readonly from: number;
  readonly until: number;
}

export const lasted = ({ beganAt, endedAt }: Span, now: number): number =>
  Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(beganAt));

/** The parts of [from, until] in which nothing of the host was seen (`wholly`), or not all of it; those that touch are one. */
export function blindParts(spans: readonly Span[], wholly: boolean, from: number, until: number): Part[] {
  const parts: { from: number; until: number }[] = [];
  const inside = spans
    .filter(({ detector }) => blindWords(detector).wholly === wholly)
    .map(({ beganAt, endedAt }) => ({
      from: Math.max(from, Date.parse(beganAt)),
      until: Math.min(until, endedAt === null ? until : Date.parse(endedAt)),
    }))
    .filter(part => part.until >= part.from)
    .sort((a, b) => a.from - b.from);
  for (const part of inside) {
    const last = parts.at(-1);
    if (last && part.from <= last.until) last.until = Math.max(last.until, part.until);
    else parts.push(part);
  }
  return parts;
}

export const total = (parts: readonly Part[]): number => parts.reduce((sum, { from, until }) => sum + until - from, 0);
