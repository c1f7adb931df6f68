/** Raw kernel records -> events. Built from the layout table at load, so it reads what was compiled and nothing else. */

import type { RecordLayout } from '@picket/native';
import { changeReader, identityReader } from './decode-change.ts';
import { closeReader, namesReader, networkReader, unixReader } from './decode-network.ts';
import { openReader } from './decode-open.ts';
import { execReader, exitReader, forkReader } from './decode-process.ts';
import { syscallsReader } from './decode-syscalls.ts';
import type { SensorEvent } from './event.ts';
import { offsetsOf } from './layout.ts';
import { LongArguments } from './long-arguments.ts';
import { type Head, type Reader, RecordView, ticks } from './record-view.ts';

export type OnEvent = (event: SensorEvent) => void;

export interface Decoder {
  /**
   * Hands over the events of a batch of whole records, in their order, one by one: whole batches of them would outlive the young
   * generation of the heap. `bootMicros`: what the wall clock showed at boot (microseconds).
   * A record of a type that is not known is skipped and counted in `unknown`; so is one that is shorter than its type, and with all
   * behind it one whose end is nowhere.
   */
  decode(records: Uint8Array, bootMicros: number, onEvent: OnEvent): void;
  readonly unknown: number;
}

const readerMakers = [
  ...[forkReader, exitReader, openReader, networkReader],
  ...[namesReader, closeReader, unixReader, changeReader, identityReader, syscallsReader],
];

/** Throws where the table does not have what the decoder reads: an addon that was built from another version. */
export function makeDecoder(layouts: readonly RecordLayout[]): Decoder {
  const head = offsetsOf(layouts, 'fork', {
    type: 'u32',
    length: 'u32',
    time: 'u64',
    start: 'u64',
    pid: 'u32',
    thread: 'u32',
    count: 'u32',
  }).at;
  const headBytes = Math.max(...Object.values(head)) + 4;
  const sizes = new Map(layouts.map(({ type, size }) => [type, size]));
  const readers = new Map<number, Reader>();
  const rest = new LongArguments(layouts);
  const execs = execReader(layouts, rest);
  readers.set(execs.type, execs.read);
  for (const make of readerMakers) {
    const { type, read } = make(layouts);
    readers.set(type, read);
  }
  let unknown = 0;

  return {
    get unknown() {
      return unknown;
    },
    decode(records, bootMicros, onEvent) {
      const view = new RecordView(records);
      while (view.base < view.length) {
        const left = view.length - view.base;
        const length = left < headBytes ? 0 : view.u32(head.length);
        if (length < headBytes || length > left) {
          unknown += 1;
          break;
        }
        const type = view.u32(head.type);
        const read = readers.get(type);
        const common: Head = {
          time: Math.round(bootMicros + view.u64(head.time) / 1_000),
          pid: view.u32(head.pid),
          startTicks: ticks(view.u64(head.start)),
          count: view.u32(head.count),
          thread: view.u32(head.thread),
        };
        if (length < (sizes.get(type) ?? 0)) unknown += 1;
        else if (read) onEvent(read(view, common));
        else if (type === rest.type) rest.keep(view);
        else unknown += 1;
        view.base += length;
      }
    },
  };
}
