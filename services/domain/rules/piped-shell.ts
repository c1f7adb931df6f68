/** What two rules share: a shell or interpreter that runs what another program pipes into it. */

import type { Context } from '../detectors/detector.ts';
import { interpreters, shells } from '../detectors/groups.ts';
import { inlineCode, toolName } from '../detectors/program.ts';
import type { RecentExec } from '../detectors/recent-execs.ts';
import type { Process } from '../events/event.ts';

/** Runs its standard input: no script, no inline code, no file among its arguments. */
function runsItsInput(exe: string, args: readonly string[]): boolean {
  const tool = toolName(exe);
  return (
    (shells.has(tool) || interpreters.has(tool)) &&
    tool !== 'awk' &&
    args.slice(1).every(arg => /^-(?:[seux]*|)$/.test(arg) || arg === '--')
  );
}

const intoShell =
  /\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k)?sh\b|\|\s*(?:sudo\s+)?(?:python3?|perl|ruby|node|php)\b/;

/**
 * The command that feeds a shell: from the line of an outer shell (`sh -c 'a | sh'`), or from what the same parent started in
 * the same moment, whichever of the two comes last.
 */
export function feeding(
  process: Process,
  { siblings }: Context,
  feeds: (exe: string, args: readonly string[]) => boolean,
  inLine: RegExp,
): string | undefined {
  const line = inlineCode(process);
  if (line !== '' && shells.has(toolName(process.exe)) && intoShell.test(line) && inLine.test(line)) return line;
  const feeder = feeds(process.exe, process.args);
  if (!feeder && !runsItsInput(process.exe, process.args)) return undefined;
  const other = siblings(process).findLast(
    (exec: RecentExec) =>
      exec.execId !== process.execId && (feeder ? runsItsInput(exec.exe, exec.args) : feeds(exec.exe, exec.args)),
  );
  if (!other || !inTheSameMoment(other, siblings(process))) return undefined;
  const [from, to] = feeder ? [process.args, other.args] : [other.args, process.args];
  return `${from.join(' ')} | ${to.join(' ')}`;
}

/** The ends of a pipeline are started within milliseconds; half a second leaves room for a busy machine. */
function inTheSameMoment(other: RecentExec, siblings: readonly RecentExec[]): boolean {
  return (siblings.at(-1)?.time ?? 0) - other.time <= 500_000;
}
