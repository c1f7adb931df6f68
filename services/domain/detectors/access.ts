/** Was a file opened for reading, writing, or both? */

import { FileFlag } from '@picket/proto';

const accessMode = 3;
const truncate = 0x200;

/** From the kernel's word about the opened file; where the open failed, from what was asked for. */
export function isWrite(what: number, flags: number): boolean {
  return (what & (FileFlag.FILE_WRITE | FileFlag.FILE_CREATED)) !== 0 || (flags & accessMode) !== 0;
}

export function isRead(what: number, flags: number): boolean {
  return (what & FileFlag.FILE_READ) !== 0 || (what === 0 && (flags & accessMode) !== 1);
}

export function isTruncated(flags: number): boolean {
  return (flags & truncate) !== 0;
}
