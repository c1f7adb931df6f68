/** Most rules about files have one shape: places, the access that matters, and the programs whose business it is. */

import type { Severity } from '../alerts/finding.ts';
import { generalise } from '../baselines/generalise.ts';
import { type Access, type Detector, type Found, none, wasTried } from '../detectors/detector.ts';
import { basename, isOneOf, nearest, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';
import type { FileOpened, Process } from '../events/event.ts';

export interface GuardedFile {
  readonly id: string;
  readonly title: string;
  readonly techniques: readonly string[];
  readonly severity: Severity;
  readonly access: Access;
  /** The path as it was resolved. */
  guards(path: string): boolean;
  /** What alerts of the path are kept under, instead of its general form: a folder of many files. */
  keptUnder?(path: string): string | undefined;
  /** Programs whose business it is. */
  readonly business?: ReadonlySet<string>;
  /** Programs that pass their business on to what they start: a package manager to its scripts. */
  readonly businessOfDescendants?: ReadonlySet<string>;
  /** Where neither set says enough. */
  excused?(event: FileOpened): boolean;
  /** Why it matters: completes "…, which ". */
  readonly matters: string;
  severityOf?(event: FileOpened): Severity | undefined;
}

export function guardedFile(rule: GuardedFile): Detector<'file.opened'> {
  const { id, title, techniques, severity } = rule;
  return {
    id,
    title,
    techniques,
    severity,
    needs: ['file.opened'],
    watches: (path, access) => access === rule.access && rule.guards(path),
    detect(event) {
      if (!wasTried(event) || isBusiness(rule, event.process) || rule.excused?.(event)) return none;
      if (rule.access === 'write' && event.result < 0) return none;
      return describe(rule, event);
    },
  };
}

function isBusiness(rule: GuardedFile, process: Process): boolean {
  if (rule.business && isOneOf(process, rule.business)) return true;
  return rule.businessOfDescendants !== undefined && nearest(process, rule.businessOfDescendants) !== undefined;
}

function describe(rule: GuardedFile, event: FileOpened): Found {
  const verb = event.result < 0 ? `was refused to ${rule.access}` : rule.access === 'read' ? 'read' : 'wrote';
  const severity = rule.severityOf?.(event);
  return {
    deviation: `${rule.access} ${rule.keptUnder?.(event.path) ?? generalise(event.path)}`,
    reason: sentence(`${basename(programOf(event.process))} ${verb} ${event.path}, which ${rule.matters}`),
    saw: [
      { label: event.result < 0 ? 'Refused' : rule.access === 'read' ? 'Read' : 'Written', value: event.path },
      ...(event.asked === event.path ? [] : [{ label: 'Asked for as', value: event.asked }]),
    ],
    ...(severity ? { severity } : {}),
  };
}
