/** What is known of an executable file: one object for each version of each file, shared by all processes that run it. */

import type { ByteString, FileVersion } from '../sensor/event.ts';

export interface Executable {
  /** SHA-256, 32 bytes; '' while it is not known. */
  hash: ByteString;
  /** Package and version, `coreutils 9.1-1`; '' where it is not known, or no package has it. */
  package: ByteString;
}

/** Of processes without an executable, or with one that nobody can look at. */
export const unknownExecutable: Executable = Object.freeze({ hash: '', package: '' });

/** Equal for equal content of the same file: every write to it, and every change of its name or owner, changes its change time. */
export const versionKey = ({ device, inode, bytes, changed, changedNanos }: FileVersion): string =>
  `${device}:${inode}:${bytes}:${changed}.${changedNanos}`;
