/**
 * Ends of connections. The first between a process and a service of a host is told at once; those that end within ten seconds after
 * it are told together: how many, and what they carried. Bounded: beyond so many at once each is told.
 */

import type { Close } from '../sensor/event.ts';
import { isOver } from '../waited.ts';

const foldMicros = 10_000_000;
const most = 4_096;

interface Together {
  readonly since: number;
  /** What came after the first. */
  more: Close | undefined;
}

export class Closes {
  readonly #together = new Map<string, Together>();

  /** The event where it is to be told now. */
  add(event: Close): Close | undefined {
    const key = keyOf(event);
    const known = this.#together.get(key);
    if (known) {
      known.more = known.more ? sum(known.more, event) : event;
      return undefined;
    }
    if (this.#together.size < most) this.#together.set(key, { since: event.time, more: undefined });
    return event;
  }

  /** Those whose time is over, or all. */
  due(nowMicros: number, all: boolean): Close[] {
    const told: Close[] = [];
    for (const [key, { since, more }] of this.#together) {
      if (!all && !isOver(since, foldMicros, nowMicros)) continue;
      this.#together.delete(key);
      if (more) told.push(more);
    }
    return told;
  }
}

/** The port that the kernel picked tells no two connections apart. */
const keyOf = ({ pid, startTicks, accepted, remoteAddress, remotePort, localPort }: Close): string =>
  `${pid}:${startTicks}:${accepted ? `in ${localPort}` : `out ${remotePort}`}:${remoteAddress}`;

const sum = (one: Close, two: Close): Close => ({
  ...two,
  count: one.count + two.count,
  sent: one.sent + two.sent,
  received: one.received + two.received,
  runMicros: Math.max(one.runMicros, two.runMicros),
});
