/** What is known of each program, for people to read. Analysis writes it (ports/analysis-store.ts). */

import type { Instant } from './instant.ts';
import type { Page, PageRequest } from './page.ts';

export const baselineFamilies = ['file', 'lineage'] as const;
export type BaselineFamily = (typeof baselineFamilies)[number];
export const baselinePhases = ['learning', 'saturated', 'enforced'] as const;
export type BaselinePhase = (typeof baselinePhases)[number];

export interface Baseline {
  readonly endpoint: { readonly id: string; readonly name: string };
  readonly family: BaselineFamily;
  readonly program: string;
  readonly phase: BaselinePhase;
  /** Does so many different things that no list of them says anything: has no entries and is never enforced. */
  readonly unbounded: boolean;
  readonly observations: number;
  readonly distinct: number;
  /** How likely the next observation is a new one, 0 to 1 (Good-Turing). */
  readonly unseenProbability: number;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  readonly enforcedAt: Instant | null;
}

export interface BaselineFilter {
  readonly endpoint?: string | undefined;
  readonly program?: string | undefined;
  readonly family?: BaselineFamily | undefined;
  readonly phase?: BaselinePhase | undefined;
  readonly search?: string | undefined;
}

export interface BaselineEntry {
  readonly value: string;
  readonly count: number;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
}

export interface BaselineStore {
  /** By program, endpoint and family. */
  list(filter: BaselineFilter, page: PageRequest): Promise<Page<Baseline>>;
  /** Most frequent first. */
  entries(
    of: {
      readonly endpoint: string;
      readonly family: BaselineFamily;
      readonly program: string;
      readonly search?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<BaselineEntry>>;
  phases(): Promise<Readonly<Record<BaselinePhase, number>>>;
}
