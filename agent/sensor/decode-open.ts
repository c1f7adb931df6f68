/** open records: what was opened, or what could not be. */

import type { RecordLayout } from '@picket/native';
import { FileFlag } from '@picket/proto';
import { absolute, deviceNumber } from './decode-process.ts';
import { offsetsOf } from './layout.ts';
import { fileFlags, pathText, wayFlags } from './path-text.ts';
import type { Reader } from './record-view.ts';

/** Bits of the kernel's `f_mode` (include/linux/fs.h). */
const modeRead = 1;
const modeWrite = 2;
const modeCreated = 0x100000;
const accessMask = 3;
const typeMask = 0o170000;
const regular = 0o100000;
const anyExecute = 0o111;

export function openReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'open', {
    inode: 'u64',
    device: 'u32',
    flags: 'u32',
    file_mode: 'u32',
    inode_mode: 'u32',
    path_flags: 'u32',
    result: 'i32',
    path: 'tail',
    asked: 'tail',
    base: 'tail',
    how: 'u32',
  });
  const read: Reader = (view, { time, pid, startTicks, count }) => {
    const result = view.i32(at.result);
    const flags = view.u32(at.flags);
    const asked = view.tail(at.asked);
    const common = { kind: 'open', time, pid, startTicks, count, flags, result } as const;
    const way = wayFlags(view.u32(at.how));
    const known = view.tail(at.path);
    // Without a path it failed, or the descriptor that it gave is no number of the process.
    if (result < 0 || (known === '' && asked !== '')) {
      const path = absolute(view.tail(at.base), asked);
      const what = intent(flags) | way | (result < 0 ? 0 : FileFlag.FILE_AS_ASKED);
      return { ...common, path, asked: asked === path ? '' : asked, what, device: 0, inode: 0 };
    }
    const pathFlags = view.u32(at.path_flags);
    const inode = view.u64(at.inode);
    const mode = view.u32(at.inode_mode);
    const path = pathText(known, pathFlags, inode);
    let what = way | fileFlags(path, pathFlags) | access(view.u32(at.file_mode));
    if ((mode & typeMask) === regular && mode & anyExecute) what |= FileFlag.FILE_EXECUTABLE;
    return {
      ...common,
      path,
      asked: asked === path ? '' : asked,
      what,
      device: deviceNumber(view.u32(at.device)),
      inode,
    };
  };
  return { type, read };
}

function access(mode: number): number {
  let what = 0;
  if (mode & modeRead) what |= FileFlag.FILE_READ;
  if (mode & modeWrite) what |= FileFlag.FILE_WRITE;
  if (mode & modeCreated) what |= FileFlag.FILE_CREATED;
  return what;
}

/** What an open that failed was for: O_RDONLY 0, O_WRONLY 1, O_RDWR 2. */
function intent(flags: number): number {
  const wanted = flags & accessMask;
  if (wanted === 0) return FileFlag.FILE_READ;
  return wanted === 1 ? FileFlag.FILE_WRITE : FileFlag.FILE_READ | FileFlag.FILE_WRITE;
}
