/**
 * What the agent has to remember of commands, in the file `response` beside the spool: the greatest serial that it met, so that no
 * command is obeyed twice; what it was about; what it has to tell; and whether this host is isolated.
 */

import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandResult, Isolation } from './report.ts';

export interface KeptResult extends CommandResult {
  /** The server has it. */
  readonly told: boolean;
}

export interface KeptIsolation extends Isolation {
  /** Of the server; its name is not looked up while there is no network to ask. */
  readonly addresses: readonly string[];
}

export interface ResponseState {
  readonly serial: number;
  /** Id of the command that is being carried out. */
  readonly current: string | null;
  /** The newest last. */
  readonly results: readonly KeptResult[];
  readonly isolation: KeptIsolation | null;
}

const nothing: ResponseState = { serial: 0, current: null, results: [], isolation: null };
const fileIn = (folder: string): string => join(folder, 'response');
const resultsKept = 64;

/**
 * A file that cannot be understood counts as one that knows of every command issued until now: a serial is never below the
 * millisecond at which it was issued.
 */
export function readState(folder: string, nowMillis: number): ResponseState {
  let text: string;
  try {
    text = readFileSync(fileIn(folder), 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? nothing : { ...nothing, serial: nowMillis };
  }
  try {
    const { serial, current, results, isolation } = JSON.parse(text) as Partial<ResponseState>;
    const known = Number.isSafeInteger(serial) && Array.isArray(results);
    if (known) return { serial: serial!, current: current ?? null, results, isolation: isolation ?? null };
  } catch {
    // As if it were known, but not readable.
  }
  return { ...nothing, serial: nowMillis };
}

/** On the disk when it returns. Throws the system's error. */
export function writeState(folder: string, state: ResponseState): void {
  const file = fileIn(folder);
  const handle = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(handle, JSON.stringify({ ...state, results: state.results.slice(-resultsKept) }));
    fdatasyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
}
