/** How a path came out of the kernel's walk: `enum picket_path_flag` of native/bpf/record.h. */

import { FileFlag } from '@picket/proto';
import type { ByteString } from './event.ts';

const cut = 1;
const noName = 2;
const detached = 4;
const named = 8;

/** A path, or the name of a thing that has none: `memfd:x` as the kernel calls it, `anonymous:[inode]` for a pipe or a socket. */
export const pathText = (text: ByteString, flags: number, inode: number): ByteString =>
  text === '' || (text === '/' && flags & named) ? `anonymous:[${inode}]` : text;

/** Its mount hangs in no tree, and yet it has a place in its file system. */
export const isDetached = (flags: number): boolean => Boolean(flags & detached) && !(flags & named);

export const isMemfd = (text: ByteString, flags: number): boolean =>
  Boolean(flags & named) && text.startsWith('memfd:');

export const unlinked = (flags: number): boolean => Boolean(flags & noName);

/** The `FileFlag` bits that the walk says. */
export function fileFlags(text: ByteString, flags: number): number {
  let what = 0;
  if (flags & cut) what |= FileFlag.FILE_PATH_CUT;
  if (flags & noName) what |= FileFlag.FILE_UNLINKED;
  if (isDetached(flags)) what |= FileFlag.FILE_DETACHED;
  if (isMemfd(text, flags)) what |= FileFlag.FILE_MEMFD;
  return what;
}

/** `PICKET_HOW_URING` of native/bpf/record.h. */
const uring = 1;

/** By which way it was asked for, as `FileFlag` bits. */
export const wayFlags = (how: number): number => (how & uring ? FileFlag.BY_IO_URING : 0);
