/** Who started this program? The lineage baseline's question: the nearest ancestor that is not a shell, and the shells between. */

import { shells } from '../detectors/groups.ts';
import { programOf, toolName } from '../detectors/program.ts';
import type { Process, ProcessExecuted } from '../events/event.ts';
import { programKey } from './program-key.ts';

export interface Lineage {
  /** The program that started it, as baselines are kept. */
  readonly starter: string;
  /** `sh › /usr/bin/id`: the shells between, then what was started. */
  readonly value: string;
}

/** `undefined` where no ancestor but shells is known. */
export function lineageOf(event: ProcessExecuted): Lineage | undefined {
  const between: string[] = [];
  // A child that was forked runs its parent's program until it executes its own: `previous` is that.
  for (let at: Process | undefined = event.previous ?? event.process.parent; at; at = at.parent) {
    if (at.exe === '') continue;
    if (!isPlainShell(at))
      return {
        starter: programKey(programOf(at)),
        value: [...between, programKey(programOf(event.process))].join(' › '),
      };
    const name = toolName(at.exe);
    if (between[0] !== name) between.unshift(name);
    if (between.length > 3) return undefined;
  }
  return undefined;
}

function isPlainShell(process: Process): boolean {
  return process.script === '' && shells.has(toolName(process.exe));
}
