/** Lets a bounded number of tasks run at once and a bounded number wait; the rest is turned away at once. */

export type Gate = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** As many as may are waiting already. */
export class GateFull extends Error {
  override readonly name = 'GateFull';
}

export function gate(running: number, waiting: number): Gate {
  let free = running;
  const queue: (() => void)[] = [];
  return async task => {
    if (free > 0) free--;
    else if (queue.length < waiting) await new Promise<void>(resolve => queue.push(resolve));
    else throw new GateFull();
    try {
      return await task();
    } finally {
      // Who waits takes the place over: it is not free in between.
      const next = queue.shift();
      if (next) next();
      else free++;
    }
  };
}
