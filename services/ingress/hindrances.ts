/** What keeps ingress from taking submissions is said in the log when it begins and when it is over, not at each submission. */

import type { Logger } from 'pino';
import type { Micros } from '../domain/events/ids.ts';

const lines = {
  full: {
    begun: 'The disk is full: submissions are answered with 503, and the agents keep them; free space',
    over: 'There is room again: submissions are taken',
  },
  bus: {
    begun: 'The bus takes no messages: submissions are answered with 503, and the agents keep them',
    over: 'The bus takes messages again',
  },
  keys: {
    begun: 'Endpoint keys cannot be looked up: submissions are answered with 503, and the agents keep them',
    over: 'Endpoint keys can be looked up again',
  },
  commands: {
    begun: 'Commands cannot be looked up: agents that ask for theirs are answered with 503, and ask again',
    over: 'Commands can be looked up again',
  },
} as const;

export type Hindrance = keyof typeof lines;

const all = Object.keys(lines) as Hindrance[];

/** It is over when something went through and nothing was refused for so long: at the edge both happen by turns. */
const quietMicros = 10_000_000;

export class Hindrances {
  readonly #log: Logger;
  readonly #lastRefused = new Map<Hindrance, Micros>();

  constructor(log: Logger) {
    this.#log = log;
  }

  refused(by: Hindrance, error: Error, now: Micros): void {
    if (!this.#lastRefused.has(by)) this.#log.error({ err: error }, lines[by].begun);
    this.#lastRefused.set(by, now);
  }

  wentThrough(what: Hindrance, now: Micros): void {
    const last = this.#lastRefused.get(what);
    if (last === undefined || now - last < quietMicros) return;
    this.#lastRefused.delete(what);
    this.#log.info(lines[what].over);
  }

  /** Of each, whether it is in the way now. */
  now(): Record<Hindrance, boolean> {
    return Object.fromEntries(all.map(each => [each, this.#lastRefused.has(each)])) as Record<Hindrance, boolean>;
  }

  /** What is in the way now, in words. */
  words(): readonly string[] {
    return all.filter(each => this.#lastRefused.has(each)).map(each => lines[each].begun);
  }
}
