/** Calls over a message port, both ways: each is answered once, with a value or an error. */

import type { MessagePort } from 'node:worker_threads';
import { BusFull, BusUnavailable } from '../../ports/bus.ts';

/** What the other end may call, by name; arguments and answers are what structured clone carries. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Call {
  readonly call: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

type Answer =
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly failure: Failure };

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Errors that callers tell apart. */
const known: readonly (new (message: string) => Error)[] = [BusFull, BusUnavailable];

export class Remote<Theirs extends Calls> {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;
  #closed = false;

  constructor(port: MessagePort, own: Calls) {
    this.#port = port;
    port.on('message', (message: Call | Answer) => {
      if ('call' in message) this.#answer(own, message);
      else this.#answered(message);
    });
    port.on('close', () => {
      this.#closed = true;
      for (const { reject } of this.#waiting.values()) reject(closed());
      this.#waiting.clear();
    });
  }

  /** Rejects with the error of the other end, or with `BusUnavailable` where there is no other end any more. */
  call<Name extends keyof Theirs & string>(
    name: Name,
    ...args: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>> {
    if (this.#closed) return Promise.reject(closed());
    const waiting = Promise.withResolvers<unknown>();
    const call = ++this.#calls;
    this.#waiting.set(call, waiting);
    this.#port.postMessage({ call, name, args } satisfies Call);
    return waiting.promise as Promise<Awaited<ReturnType<Theirs[Name]>>>;
  }

  close(): void {
    this.#port.close();
  }

  async #answer(own: Calls, { call, name, args }: Call): Promise<void> {
    let answer: Answer;
    try {
      answer = { answer: call, value: await own[name]!(...(args as never[])) };
    } catch (error) {
      const { name: kind, message, stack } = error as Error;
      answer = { answer: call, failure: { name: kind, message, stack } };
    }
    this.#port.postMessage(answer);
  }

  #answered(message: Answer): void {
    const waiting = this.#waiting.get(message.answer);
    this.#waiting.delete(message.answer);
    if ('failure' in message) waiting?.reject(revived(message.failure));
    else waiting?.resolve(message.value);
  }
}

const closed = (): Error => new BusUnavailable('the other end of the channel is closed');

function revived({ name, message, stack }: Failure): Error {
  const kind = known.find(one => one.name === name) ?? Error;
  return Object.assign(new kind(message), stack !== undefined && { stack });
}
