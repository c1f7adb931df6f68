/** What an agent says came of a command, in the words of POST /commands. */

/** How it ended. `refused`: the agent did not try. */
export const outcomes = ['done', 'failed', 'refused'] as const;
export type Outcome = (typeof outcomes)[number];

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
