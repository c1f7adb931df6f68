/** What the agent says of commands, in the words of POST /commands (services/ingress/exchange.ts). Times are microseconds since the epoch. */

import type { CollectedFile, Outcome } from '@picket/proto';

/** How an action ended. */
export interface Ending {
  readonly outcome: Outcome;
  /** One sentence for people. */
  readonly detail: string;
  readonly file?: CollectedFile;
}

export interface CommandResult {
  readonly id: string;
  readonly outcome: Outcome;
  readonly atMicros: number;
  readonly detail: string;
  readonly file: CollectedFile | null;
}

export interface Isolation {
  readonly sinceMicros: number;
  /** null: until it is released. */
  readonly untilMicros: number | null;
  /** Why it would end with the agent's process; '' where it does not. */
  readonly fleeting: string;
}

export interface Report {
  /** The command key that the agent trusts, base64url. */
  readonly serverKey: string;
  readonly isolation: Isolation | null;
  readonly results: readonly CommandResult[];
  readonly refusals: readonly { readonly atMicros: number; readonly detail: string }[];
}
