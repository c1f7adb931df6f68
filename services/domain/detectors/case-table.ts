/** Runs a detector's table: each row an event, whether it is found, and one line of why. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event, EventKind, Process } from '../events/event.ts';
import { isRead, isWrite } from './access.ts';
import { type AnyDetector, ask, type Context, type Found } from './detector.ts';
import { RecentExecs } from './recent-execs.ts';

export interface Case {
  readonly why: string;
  readonly event: Event;
  /** The deviation, or `none`. */
  readonly finds: string | undefined;
  readonly severity?: Found['severity'];
  /** Executed before, oldest first. */
  readonly before?: readonly Process[];
}

export function testDetector(detector: AnyDetector, cases: readonly Case[]): void {
  for (const { why, event, finds, severity, before } of cases) {
    test(`${detector.id}: ${why}`, () => {
      const found = decide(detector, event, context(event, before ?? []));
      assert.equal(found?.deviation, finds);
      if (severity) assert.equal(found?.severity ?? detector.severity, severity);
      if (found) assert.match(found.reason, /^\P{Ll}.*\w$/u, 'a reason is a sentence without its full stop');
    });
  }
}

/** What the analysis does with one event and one detector. */
function decide(detector: AnyDetector, event: Event, context: Context): Found | undefined {
  if (!(detector.needs as readonly EventKind[]).includes(event.kind)) return undefined;
  if (event.kind === 'file.opened') {
    const watched =
      (isRead(event.what, event.flags) && detector.watches?.(event.path, 'read')) ||
      (isWrite(event.what, event.flags) && detector.watches?.(event.path, 'write'));
    if (!watched) return undefined;
  }
  return ask(detector, event, context);
}

function context(event: Event, before: readonly Process[]): Context {
  const recent = new RecentExecs();
  for (const process of before) recent.add(process, event.time);
  if (event.kind === 'process.executed') recent.add(event.process, event.time);
  return { siblings: process => recent.siblings(process) };
}
