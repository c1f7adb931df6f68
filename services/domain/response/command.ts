/** Commands to agents: how long each waits for its agent, and what becomes of one. */

import { type CollectedFile, type CommandKind, type Outcome, outcomes } from '@picket/proto';
import type { Micros } from '../events/ids.ts';

export {
  type CollectedFile,
  type CommandAction,
  type CommandKind,
  type Outcome,
  outcomes,
  signCommand,
} from '@picket/proto';

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

/** `sent`: the agent has asked for it. `expired`: its time has passed without a word from the agent. */
export const commandStates = ['queued', 'sent', ...outcomes, 'expired'] as const;
export type CommandState = (typeof commandStates)[number];

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
