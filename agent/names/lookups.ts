/**
 * Who asks for which name, and what comes of it: questions and answers become one event, connections get the name that was asked
 * for. A name that a process asks for again within a minute with the same outcome is counted and not told each time. Bounded:
 * beyond so many at once each is told.
 */

import type { ByteString, NameHeard, Network } from '../sensor/event.ts';
import { isOver } from '../waited.ts';
import { type NameMessage, parseMessage } from './message.ts';
import { first, ResolvedNames } from './resolved.ts';

/** Resolvers of C libraries ask for 10 s at most, but again each 5. */
const answerMicros = 5_000_000;
const foldMicros = 60_000_000;
const most = 4_096;

const noSuchName = 3;
/** Negated errno: ENOENT, EIO, ETIMEDOUT. */
const outcomes = { missing: -2, failed: -5, unanswered: -110 } as const;

interface Repeated {
  readonly event: Network;
  readonly since: number;
  count: number;
}

export class Lookups {
  readonly #names = new ResolvedNames();
  readonly #open = new Map<string, { readonly heard: NameHeard; readonly message: NameMessage }>();
  readonly #repeated = new Map<string, Repeated>();
  readonly #unanswered: Network[] = [];

  /** `forAll`: the process that sent or received it asks for all others on this host. Gives the event where it is to be told now. */
  hear(heard: NameHeard, forAll: boolean): Network | undefined {
    const message = parseMessage(Buffer.from(heard.message.buffer, heard.message.byteOffset, heard.message.length));
    if (!message || message.isAnswer !== heard.isAnswer) return undefined;
    const key = `${heard.pid}:${heard.startTicks}:${message.id}:${message.type}:${message.name}`;
    if (!heard.isAnswer) {
      if (this.#open.size >= most) for (const oldest of first(this.#open.keys(), most / 8)) this.#giveUp(oldest);
      this.#open.delete(key);
      this.#open.set(key, { heard, message });
      return undefined;
    }
    this.#open.delete(key);
    if (message.code === 0) this.#names.learn(heard, forAll, message.name, message.addresses, heard.time);
    return this.#fold(eventOf(heard, message, outcomeOf(message)));
  }

  /** The name of a connection's remote address; '' where nobody asked for one. */
  nameOf(event: Pick<Network, 'pid' | 'startTicks' | 'remoteAddress' | 'time'>): ByteString {
    return this.#names.nameOf(event, event.remoteAddress, event.time);
  }

  /** What nobody answered, and repetition whose minute is over; or all. */
  due(nowMicros: number, all = false): Network[] {
    for (const [key, { heard }] of this.#open) {
      if (!all && !isOver(heard.time, answerMicros, nowMicros)) break;
      this.#giveUp(key);
    }
    const told = this.#unanswered.splice(0).filter(event => this.#fold(event) !== undefined);
    for (const [key, { event, since, count }] of this.#repeated) {
      if (!all && !isOver(since, foldMicros, nowMicros)) continue;
      this.#repeated.delete(key);
      if (count > 0) told.push({ ...event, time: nowMicros, count });
    }
    return told;
  }

  #giveUp(key: string): void {
    const { heard, message } = this.#open.get(key)!;
    this.#open.delete(key);
    this.#unanswered.push(eventOf(heard, message, outcomes.unanswered));
  }

  #fold(event: Network): Network | undefined {
    const key = `${event.pid}:${event.startTicks}:${event.result}:${event.domain}`;
    const known = this.#repeated.get(key);
    if (known) {
      known.count += event.count;
      return undefined;
    }
    if (this.#repeated.size < most) this.#repeated.set(key, { event, since: event.time, count: 0 });
    return event;
  }
}

function outcomeOf({ code }: NameMessage): number {
  if (code === 0) return 0;
  return code === noSuchName ? outcomes.missing : outcomes.failed;
}

const eventOf = (heard: NameHeard, { name, addresses }: NameMessage, result: number): Network => ({
  ...{ kind: 'resolve', time: heard.time, pid: heard.pid, startTicks: heard.startTicks, count: heard.count },
  ...{ family: heard.family, protocol: 17, what: 0, result },
  localAddress: addresses[0] ?? '',
  localPort: 0,
  remoteAddress: heard.remoteAddress,
  remotePort: heard.remotePort,
  domain: name,
});
