/** One harmless attack: what it does, which detectors have to see it, and how it undoes itself. */

import { spawn } from 'node:child_process';

export interface Scenario {
  readonly name: string;
  /** One sentence for the person who watches. */
  readonly does: string;
  /** Any of these detectors makes the alert. */
  readonly detectors: readonly string[];
  /** Why it can't be done on this host; `undefined` where it can. */
  obstacle(): string | undefined;
  /** Registers how to undo a step before it is done. `undo` is disposed at the end, after Ctrl-C too. */
  run(undo: DisposableStack, signal: AbortSignal): Promise<void>;
}

export const isRoot = process.getuid?.() === 0;

/** Runs a program to its end, its output thrown away. Rejects where it fails, with what it said. */
export function execute(signal: AbortSignal, program: string, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', text => (said += text));
    child.once('error', reject);
    child.once('close', (code, ended) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${ended ?? `exit code ${code}`}: ${said.trim()}`));
    });
  });
}
