/** What tells the findings of one alert apart: they are the same deviation, and most of what was seen is the same each time. */

import type { Finding } from './api.ts';

export interface Difference {
  readonly label: string;
  readonly value: string;
}

const pid = 'pid';

/** For each finding, in the same order: the facts that not all of them share, the process id last. */
export function findingDifferences(findings: readonly Finding[]): Difference[][] {
  const facts = findings.map(factsOf);
  const labels = new Set(facts.flatMap(each => [...each.keys()]).filter(label => label !== pid));
  const differing = [...labels, pid].filter(label => new Set(facts.map(each => each.get(label))).size > 1);
  return facts.map(each =>
    differing.flatMap(label => {
      const value = each.get(label);
      return value === undefined ? [] : [{ label, value }];
    }),
  );
}

function factsOf({ evidence, execId }: Finding): Map<string, string> {
  const facts = new Map<string, string>();
  for (const { label, value } of evidence.saw) {
    const before = facts.get(label);
    facts.set(label, before === undefined ? value : `${before}, ${value}`);
  }
  const [, id] = /:(\d+):\d+$/.exec(execId) ?? [];
  if (id !== undefined) facts.set(pid, id);
  return facts;
}
