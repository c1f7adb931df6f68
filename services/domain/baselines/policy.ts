/** When a baseline is believed. */

export interface BaselinePolicy {
  /** Saturated: the next occasion is new with less than this probability, at 95 % confidence. */
  readonly saturatedBelow: number;
  /** Enforced: less than this … */
  readonly enforcedBelow: number;
  /** … after so many different minutes with anything observed … */
  readonly enforcedMinutes: number;
  /** … spread over at least this long, so that nightly and daily work was seen: microseconds. */
  readonly enforcedSpan: number;
  /** A folder under which a program used more different names than this is learned as a whole. */
  readonly namesPerFolder: number;
  /** A program that needs more entries than this is unbounded: it is not enforced and keeps none. */
  readonly entries: number;
  /** More deviating folders than this within `deviationWindow` become one alert. */
  readonly deviatingFolders: number;
  readonly deviationWindow: number;
}

const minute = 60_000_000;

export const defaultPolicy: BaselinePolicy = {
  saturatedBelow: 0.05,
  enforcedBelow: 0.005,
  enforcedMinutes: 20,
  enforcedSpan: 24 * 60 * minute,
  namesPerFolder: 16,
  entries: 2_000,
  deviatingFolders: 5,
  deviationWindow: 10 * minute,
};
