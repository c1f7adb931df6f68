/** Samples of a thread's system calls. */

import type { RecordLayout } from '@picket/native';
import { offsetsOf } from './layout.ts';
import type { Reader } from './record-view.ts';

export function syscallsReader(layouts: readonly RecordLayout[]): { type: number; read: Reader } {
  const { type, at } = offsetsOf(layouts, 'syscalls', { unseen: 'u32', numbers: 'tail' });
  const read: Reader = (view, { time, pid, startTicks, count, thread }) => ({
    kind: 'syscalls',
    time,
    pid,
    startTicks,
    count,
    thread,
    unseen: view.u32(at.unseen),
    numbers: view.tailCopy(at.numbers),
  });
  return { type, read };
}
