/**
 * Arguments that are longer than an exec's record: the kernel sends the rest ahead of it, in pieces. They come from one processor,
 * in order; one that found the ring full is missing, and then the arguments end there.
 */

import type { RecordLayout } from '@picket/native';
import type { ByteString } from './event.ts';
import { offsetsOf } from './layout.ts';
import { type RecordView, ticks } from './record-view.ts';

/** Execs of which a piece was seen and that have not come: more than a few are waiting for nothing. */
const mostWaiting = 64;

export class LongArguments {
  readonly type: number;
  readonly #at: Readonly<Record<'pid' | 'start' | 'at' | 'text', number>>;
  readonly #pieces = new Map<string, { at: number; text: ByteString }[]>();

  constructor(layouts: readonly RecordLayout[]) {
    const { type, at } = offsetsOf(layouts, 'arguments', { pid: 'u32', start: 'u64', at: 'u32', text: 'tail' });
    this.type = type;
    this.#at = at;
  }

  keep(view: RecordView): void {
    const key = keyOf(view.u32(this.#at.pid), ticks(view.u64(this.#at.start)));
    const piece = { at: view.u32(this.#at.at), text: view.tail(this.#at.text) };
    const known = this.#pieces.get(key);
    if (known && known.at(-1)!.at < piece.at) known.push(piece);
    else this.#pieces.set(key, [piece]);
    if (this.#pieces.size > mostWaiting) this.#pieces.delete(this.#pieces.keys().next().value!);
  }

  /** The arguments as far as they came without a hole; `bytes` is their true length. */
  join(pid: number, startTicks: number, first: ByteString, bytes: number): ByteString {
    if (first.length >= bytes) return first;
    const key = keyOf(pid, startTicks);
    let whole = first;
    for (const { at, text } of this.#pieces.get(key) ?? []) if (at === whole.length) whole += text;
    this.#pieces.delete(key);
    return whole;
  }
}

const keyOf = (pid: number, startTicks: number): string => `${pid}:${startTicks}`;
