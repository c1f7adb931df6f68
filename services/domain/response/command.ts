/** Commands to agents: how long each waits for its agent, and what becomes of one. */

import type { CommandKind } from '@picket/proto';
import type { Micros } from '../events/ids.ts';

export { type CommandAction, type CommandKind, signCommand } from '@picket/proto';

/**
 * After so many seconds an agent that has not got the command refuses it. A process is killed now or not at all; a host that is away
 * is isolated when it comes back.
 */
export const lifetimeSeconds: Readonly<Record<CommandKind, number>> = {
  'kill-process': 10 * 60,
  'collect-file': 60 * 60,
  isolate: 24 * 3600,
  release: 24 * 3600,
};

/** How the agent says it ended. `refused`: it did not try. */
export const outcomes = ['done', 'failed', 'refused'] as const;
export type Outcome = (typeof outcomes)[number];

/** `sent`: the agent has asked for it. `expired`: its time has passed without a word from the agent. */
export const commandStates = ['queued', 'sent', ...outcomes, 'expired'] as const;
export type CommandState = (typeof commandStates)[number];

/** A file as the agent found it. Times are microseconds since the epoch; what could not be told is null. */
export interface CollectedFile {
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link' | 'device' | 'pipe' | 'socket';
  readonly bytes: number;
  /** Permission bits, 0o7777 at most. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly accessedMicros: number;
  readonly modifiedMicros: number;
  readonly changedMicros: number;
  readonly bornMicros: number | null;
  /** Where a link leads. */
  readonly target: string | null;
  /** 64 hex digits. */
  readonly sha256: string | null;
}

export interface CommandResult {
  readonly id: string;
  readonly outcome: Outcome;
  readonly atMicros: Micros;
  readonly detail: string;
  readonly file: CollectedFile | null;
}

export interface Isolation {
  readonly sinceMicros: Micros;
  /** null: until it is released. */
  readonly untilMicros: Micros | null;
  /** Why it would not outlive the agent's process; '' where it does. */
  readonly fleeting: string;
}

/** What an agent says when it asks for commands. */
export interface ResponseReport {
  /** The command key that it trusts: 32 bytes, base64url. */
  readonly serverKey: string;
  readonly isolation: Isolation | null;
  readonly results: readonly CommandResult[];
  /** Lines that were no command for it, by this server, now: somebody put them there. */
  readonly refusals: readonly { readonly atMicros: Micros; readonly detail: string }[];
}
