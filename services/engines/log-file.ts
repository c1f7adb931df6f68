/** The file that a child's output goes to: appended to, and moved aside at a start when it has grown large. */

import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const largest = 64 << 20;
/** How much of the end is looked at for the last lines. */
const tailBytes = 16 << 10;

/** Gives the descriptor, for the caller to close. One earlier file is kept as `FILE.1`. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largest) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o640);
}

/** Of Node and of Java: what went wrong stands above them. */
const stackFrame = /^\s+(?:at |\.\.\. \d+ more$)/;

/** The last so many lines that say something: neither blank nor of a stack. */
export function lastLines(file: string, count: number): string[] {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString('utf8', 0, read).split('\n');
    return lines.filter(line => line.trim() !== '' && !stackFrame.test(line)).slice(-count);
  } finally {
    closeSync(descriptor);
  }
}
