/** What the analysis knows of a path before it looks at any event: worked out once, then one map look-up. */

import { storable } from '../domain/alerts/storable.ts';
import { generalise } from '../domain/baselines/generalise.ts';
import { isOrdinaryRead, isOrdinaryWrite } from '../domain/baselines/places.ts';
import type { Detector } from '../domain/detectors/detector.ts';

type FileRule = Detector<'file.opened'>;

export interface PathKnowledge {
  /** Values of the file baseline; '' where they tell nothing. */
  readonly read: string;
  readonly write: string;
  /** Rules that watch it. */
  readonly readRules: readonly FileRule[];
  readonly writeRules: readonly FileRule[];
  /** The program that a package manager replaces when it writes here; '' where none. */
  readonly replaces: string;
}

const noRules: readonly FileRule[] = [];
const programs = /^((?:\/usr)?(?:\/local)?\/s?bin\/[^/]+?|\/usr\/libexec\/.+?)(?:\.dpkg-new|;[0-9a-f]{8})$/;

/** A cache, not state: it may be emptied at any time. */
export class PathCatalogue {
  readonly #rules: readonly FileRule[];
  readonly #limit: number;
  readonly #known = new Map<string, PathKnowledge>();

  constructor(rules: readonly FileRule[], limit = 50_000) {
    this.#rules = rules;
    this.#limit = limit;
  }

  of(path: string): PathKnowledge {
    const known = this.#known.get(path);
    if (known) return known;
    const knowledge = this.#workOut(path);
    if (this.#known.size >= this.#limit) this.#known.clear();
    this.#known.set(path, knowledge);
    return knowledge;
  }

  #workOut(path: string): PathKnowledge {
    const general = generalise(path);
    const watching = (access: 'read' | 'write') => {
      const rules = this.#rules.filter(rule => rule.watches?.(path, access));
      return rules.length === 0 ? noRules : rules;
    };
    return {
      read: isOrdinaryRead(general) ? '' : storable(`read ${general}`),
      write: isOrdinaryWrite(general) ? '' : storable(`write ${general}`),
      readRules: watching('read'),
      writeRules: watching('write'),
      replaces: programs.exec(path)?.[1] ?? '',
    };
  }
}
