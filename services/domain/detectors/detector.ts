/** A detector is data plus a pure function: what it is, what it needs to see, and what it makes of one event. */

import type { Fact, Severity } from '../alerts/finding.ts';
import type { Event, EventKind, FileOpened, Process } from '../events/event.ts';
import type { RecentExec } from './recent-execs.ts';

export type EventOf<Kind extends EventKind> = Extract<Event, { kind: Kind }>;

/** How a file was opened. */
export type Access = 'read' | 'write';

/** What a detector may ask besides the event itself. */
export interface Context {
  /** Programs that children of this process' parent executed within the last seconds, oldest first, its own included. */
  siblings(process: Process): readonly RecentExec[];
}

/** What a detector saw; the alert is made of it (domain/alerts/assemble.ts). */
export interface Found {
  /** What deviates, short and generalised: with endpoint, detector and program the alert's identity. */
  readonly deviation: string;
  /** One sentence: what happened and why that is unusual. */
  readonly reason: string;
  /** Facts of this event; those of the process are added to every alert. */
  readonly saw: readonly Fact[];
  /** Where this event is graver or lighter than the detector in general. */
  readonly severity?: Severity;
}

export const none = undefined;

/** What every detector says of itself. */
export interface Description {
  /** `family.what`, stable: alerts and exceptions are kept under it. */
  readonly id: string;
  readonly title: string;
  /** ATT&CK technique ids. */
  readonly techniques: readonly string[];
  readonly severity: Severity;
}

export interface Detector<Kind extends EventKind> extends Description {
  /** Kinds of event that `detect` is called for. */
  readonly needs: readonly Kind[];
  /** Where it needs `file.opened`: asked once for each path and access and remembered; `detect` is called only where this says so. */
  watches?(path: string, access: Access): boolean;
  detect(event: EventOf<Kind>, context: Context): Found | undefined;
}

export type AnyDetector = { [Kind in EventKind]: Detector<Kind> }[EventKind];

/** Asks a detector of the event's kind. */
export function ask(detector: AnyDetector, event: Event, context: Context): Found | undefined {
  return (detector.detect as (event: Event, context: Context) => Found | undefined).call(detector, event, context);
}

/** Opened, or refused for lack of permission: an attempt counts, a file that does not exist does not. */
export function wasTried(event: FileOpened): boolean {
  return event.result >= 0 || event.result === -1 || event.result === -13;
}
