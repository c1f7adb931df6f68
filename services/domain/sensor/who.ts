/** Who did something to the sensor: from the signal's sender, from what was done to the agent, or from what was executed just before. */

import type { SignalSent } from '@picket/proto';
import type { Ancestor, Fact } from '../alerts/finding.ts';
import { basename } from '../detectors/program.ts';
import type { RecentExec } from '../detectors/recent-execs.ts';
import { commandLine } from '../detectors/words.ts';
import { type BootId, execId, type Micros } from '../events/ids.ts';
import { fits, type Ways } from './commands.ts';
import type { Deed } from './deeds.ts';

const names: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
  19: 'SIGSTOP',
  20: 'SIGTSTP',
};

/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: who gets one ends only by another, of who waits for it. */
export const isStop = (signal: number | null | undefined): boolean => [19, 20, 21, 22].includes(signal ?? 0);

export const signalName = (signal: number): string => names[signal] ?? `signal ${signal}`;

/** A sender's ancestors that an alert shows. */
const depth = 16;

/** The sender with its ancestors, oldest first. */
export function lineageOf(sent: SignalSent | null | undefined, boot: BootId): Ancestor[] {
  return (sent?.lineage ?? []).slice(-depth).map(({ pid, program, command, user, startTicks }) => ({
    execId: execId(boot, pid ?? 0, startTicks ?? 0),
    pid: pid ?? 0,
    exe: (program ?? '').slice(0, 4096),
    // One line: where an argument ended is not told.
    args: command ? command.slice(0, 1000).split(' ') : [],
    user: (user ?? '').slice(0, 100),
  }));
}

/** `kill (pid 4711, root)`; undefined where nobody knows. */
export function senderWords(lineage: readonly Ancestor[]): string | undefined {
  const sender = lineage.at(-1);
  if (!sender) return undefined;
  const who = [`pid ${sender.pid}`, sender.user].filter(part => part !== '').join(', ');
  return `${basename(sender.exe) || 'a process'} (${who})`;
}

export function signalFacts(sent: SignalSent | null | undefined, lineage: readonly Ancestor[]): Fact[] {
  if (!sent?.signal) return [];
  const sender = lineage.at(-1);
  return [
    { label: 'Signal', value: signalName(sent.signal) },
    ...(sender ? [{ label: 'Sent by', value: `${sender.exe} (pid ${sender.pid})` }] : []),
    ...(sender?.args.length ? [{ label: 'Command line', value: sender.args.join(' ') }] : []),
    ...(sender?.user ? [{ label: 'User', value: sender.user }] : []),
  ];
}

const horizon = 30_000_000;

/** What was seen just before, as a line of the alert, in words, and as who did it. */
export interface SeenBefore {
  readonly fact: Fact;
  readonly words: string;
  readonly ancestor: Ancestor;
}

/**
 * The newest command of the last half minute that one of the patterns fits. `longer`: how much longer ago it may have been by the
 * clock, which may have been set meanwhile; microseconds.
 */
export function recentCommand(
  recent: readonly RecentExec[],
  now: Micros,
  ways: Ways,
  longer = 0,
): SeenBefore | undefined {
  return newest(
    recent,
    now,
    longer,
    each => each.deed === undefined && fits(each, ways),
    ({ words }) => ({
      label: 'Executed just before',
      value: words,
    }),
  );
}

const deedWords: Readonly<Record<Deed, string>> = {
  'config-written': 'Wrote the configuration',
  'agent-accessed': 'Laid hands on the running agent',
  'clock-set': 'Set the clock',
};

/** The newest deed of that kind in the last half minute and `longer`: seen, not guessed from a command line. */
export function recentDeed(recent: readonly RecentExec[], now: Micros, deed: Deed, longer = 0): SeenBefore | undefined {
  return newest(
    recent,
    now,
    longer,
    each => each.deed === deed,
    ({ words, ancestor: { exe, pid } }) => ({
      label: deedWords[deed],
      value: `${exe} (pid ${pid}): ${words}`,
    }),
  );
}

function newest(
  recent: readonly RecentExec[],
  now: Micros,
  longer: number,
  wanted: (each: RecentExec) => boolean,
  factOf: (seen: Omit<SeenBefore, 'fact'>) => Fact,
): SeenBefore | undefined {
  const found = recent.findLast(each => Math.abs(now - each.time) <= horizon + longer && wanted(each));
  if (!found) return undefined;
  const { execId: id, exe, args } = found;
  const ancestor = { execId: id, pid: Number(id.split(':')[1]), exe, args, user: '' };
  const seen = { words: commandLine(args), ancestor };
  return { ...seen, fact: factOf(seen) };
}
