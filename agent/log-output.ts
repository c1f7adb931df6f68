/**
 * Where the log goes: standard output, line by line. pino's own destination holds the whole process up for as long as a line
 * can't be written, which on a full disk is for ever. Here such a line is dropped, and their number is said when there is
 * room again. The server has the same (services/main/log-output.ts): the two share no package but the wire.
 */

import { writeSync } from 'node:fs';

export interface LogOutput {
  write(line: string): void;
}

/** Writes bytes from an offset on and gives how many it wrote; throws the system's error. */
export type Write = (bytes: Uint8Array, from: number) => number;

/** A pipe whose reader is busy is waited for so often, and so many milliseconds each time. */
const patience = { tries: 100, millis: 10 };

export function logOutput(write: Write = (bytes, from) => writeSync(1, bytes, from)): LogOutput {
  let dropped = 0;
  /** The end of a line is missing: what follows begins a new one. */
  let torn = false;

  function whole(line: string): void {
    const bytes = Buffer.from(torn ? `\n${line}` : line);
    let at = 0;
    for (let tries = 0; at < bytes.length; ) {
      try {
        at += write(bytes, at);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN' && ++tries < patience.tries) pause();
        else {
          torn ||= at > 0;
          throw error;
        }
      }
    }
    torn = false;
  }

  return {
    write(line) {
      try {
        if (dropped > 0) whole(`${JSON.stringify({ level: 'warn', time: Date.now(), dropped, msg: dropMessage })}\n`);
        dropped = 0;
        whole(line);
      } catch {
        dropped++;
      }
    },
  };
}

const dropMessage = 'lines of the log are missing here: they could not be written';

const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, patience.millis);
