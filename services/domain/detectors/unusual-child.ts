/** A program starts another that it never started before (its lineage baseline is enforced). */

import type { Baseline } from '../baselines/baseline.ts';
import type { ProcessExecuted } from '../events/event.ts';
import type { Description, Found } from './detector.ts';
import { exposedServers, interpreters, shells } from './groups.ts';
import { basename, isInstalled, toolName } from './program.ts';
import { commandLine } from './words.ts';

export const unusualChild: Description = {
  id: 'baseline.unusual-child',
  title: 'Program starts another that it never started before',
  techniques: ['T1059'],
  severity: 'low',
};

/** `value` is the baseline's: shells in between, then the program started. */
export function describeUnusualChild(event: ProcessExecuted, baseline: Baseline, value: string): Found {
  const child = toolName(event.process.exe);
  const grave = shells.has(child) || interpreters.has(child) || !isInstalled(event.process.exe);
  return {
    deviation: `starts ${value}`,
    reason: `${basename(baseline.program)} started ${basename(event.process.exe)}, which it never did in ${baseline.observations} observations`,
    saw: [{ label: 'Executed', value: commandLine(event.process.args) }],
    severity: grave ? (exposedServers.has(toolName(baseline.program)) ? 'high' : 'medium') : 'low',
  };
}
