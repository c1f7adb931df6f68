/** From what a detector saw to a finding: who did it, under which ancestors, and the words for people. */

import { programKey } from '../baselines/program-key.ts';
import type { Description, Found } from '../detectors/detector.ts';
import { programOf } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';
import type { Event, Process } from '../events/event.ts';
import type { Ancestor, Evidence, Fact, Finding } from './finding.ts';
import { storable } from './storable.ts';

const maxAncestors = 16;
const argsLimit = 1_000;

/** `extra` is what a baseline knows besides: usual values, its phase. */
export function assemble(
  detector: Description,
  event: Event,
  found: Found,
  extra: Partial<Pick<Evidence, 'usual' | 'baseline' | 'prevalence'>> = {},
  program: string = programKey(programOf(event.process)),
): Finding {
  return {
    detector: detector.id,
    title: detector.title,
    severity: found.severity ?? detector.severity,
    techniques: detector.techniques,
    endpoint: event.endpoint,
    program: storable(program),
    deviation: storable(found.deviation),
    time: event.time,
    stream: event.stream,
    sequence: event.sequence,
    execId: event.process.execId,
    count: event.count,
    evidence: {
      reason: found.reason,
      saw: [...found.saw, ...processFacts(event.process).filter(fact => !isShown(fact, found.saw))],
      usual: [],
      ...extra,
      ancestry: ancestry(event.process),
    },
  };
}

/** What the detector shows of the process itself, under a word of its own (`Executed`), is not said twice. */
const isShown = (fact: Fact, saw: readonly Fact[]): boolean => saw.some(({ value }) => value === fact.value);

function processFacts(process: Process): Fact[] {
  const facts: Fact[] = [
    { label: 'Program', value: programOf(process) },
    { label: 'Command line', value: commandLine(process.args) },
    {
      label: 'User',
      value: `${process.user || process.uid}${process.euid === process.uid ? '' : ` as ${process.euid}`}`,
    },
    { label: 'Working directory', value: process.cwd },
    {
      label: 'Started by',
      value: process.parent ? programOf(process.parent) : '',
    },
  ];
  return facts.filter(fact => fact.value !== '');
}

/** Oldest known ancestor first, the acting process last. */
function ancestry(process: Process): Ancestor[] {
  const line: Ancestor[] = [];
  for (let at: Process | undefined = process; at && line.length < maxAncestors; at = at.parent) {
    line.unshift({ execId: at.execId, pid: at.pid, exe: at.exe, args: cutArgs(at.args), user: at.user });
  }
  return line;
}

function cutArgs(args: readonly string[]): string[] {
  const kept: string[] = [];
  let length = 0;
  for (const arg of args) {
    length += arg.length;
    if (length > argsLimit) return [...kept, `${arg.slice(0, Math.max(argsLimit - length + arg.length, 0))}…`];
    kept.push(arg);
  }
  return kept;
}
