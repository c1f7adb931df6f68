/** A program opens a file unlike any that it used before (its file baseline is enforced). */

import type { Baseline } from '../baselines/baseline.ts';
import { folderOf } from '../baselines/generalise.ts';
import { isSensitive } from '../baselines/places.ts';
import type { FileOpened } from '../events/event.ts';
import type { Description, Found } from './detector.ts';
import { basename } from './program.ts';

export const unusualFile: Description = {
  id: 'baseline.unusual-file',
  title: 'Program uses a file unlike any that it used before',
  techniques: ['T1005'],
  severity: 'low',
};

/** `value` is the baseline's: access and generalised path. */
export function describeUnusualFile(event: FileOpened, baseline: Baseline, value: string): Found {
  const space = value.indexOf(' ');
  const access = value.slice(0, space);
  const path = value.slice(space + 1);
  const saw = [{ label: access === 'read' ? 'Read' : 'Written', value: event.path }];
  const name = basename(baseline.program);
  const grave = isSensitive(path);
  const did = access === 'read' ? 'read' : 'wrote';
  if (baseline.deviatesWidely(folderOf(path), event.time)) {
    return {
      deviation: 'many unusual folders',
      reason: `${name} used files in many folders within minutes that it never used in ${baseline.observations} observations`,
      saw,
      severity: 'medium',
    };
  }
  return {
    deviation: grave ? value : `${access} in ${folderOf(path) || '/'}`,
    reason: `${name} ${did} ${event.path}, unlike anything in ${baseline.observations} observations of this program`,
    saw,
    severity: grave && baseline.unseenProbability < 0.002 ? 'medium' : 'low',
  };
}
