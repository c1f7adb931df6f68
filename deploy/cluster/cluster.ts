/** Brings the parts up, each as soon as what it needs is ready, keeps them running, and ends them in the reverse order. */

import { setTimeout as delay } from 'node:timers/promises';
import { WatchedChild } from '../../services/engines/watched-child.ts';
import type { Journal } from './journal.ts';
import type { Part } from './parts.ts';

export interface PartState {
  readonly name: string;
  /** `undefined`: it is down at the moment. */
  readonly pid: number | undefined;
  /** Of a service: where its /healthz and /metrics are. */
  readonly url: string | undefined;
}

export interface Cluster {
  parts(): readonly PartState[];
  /** Ends a part in order; it stays away until `start`. */
  stop(name: string): Promise<void>;
  /** Resolves when it is ready. */
  start(name: string): Promise<void>;
  /** Resolves when it serves: at once, or when it has been brought back. */
  settled(name: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Rejects, with nothing left running, where a part does not come up, or `signal` is aborted meanwhile.
 *
 * @param onWaiting hears the names of the parts that are not ready yet, whenever they become fewer
 */
export async function startCluster(
  parts: readonly Part[],
  journal: Journal,
  signal: AbortSignal,
  onWaiting: (names: readonly string[]) => void,
): Promise<Cluster> {
  const running = new Map<string, WatchedChild>();
  const start = async ({ name, spec }: Part): Promise<void> => {
    running.set(name, await WatchedChild.start(spec, journal.of(name)));
  };
  const close = () => inReverse(parts, async ({ name }) => running.get(name)?.close());

  const waiting = new Set(parts.map(({ name }) => name));
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const ready = new Map<string, Promise<void>>();
  onWaiting([...waiting]);
  for (const part of parts) {
    const needed = part.after.map(name => ready.get(name));
    const up = (async () => {
      await Promise.all(needed);
      over.throwIfAborted();
      await start(part);
      waiting.delete(part.name);
      onWaiting([...waiting]);
    })();
    up.catch(error => failed.abort(error));
    ready.set(part.name, up);
  }
  const outcomes = await Promise.allSettled(ready.values());
  if (over.aborted || outcomes.some(({ status }) => status === 'rejected')) {
    await close();
    throw over.reason;
  }

  const partNamed = (name: string): Part => {
    const part = parts.find(each => each.name === name);
    if (part) return part;
    throw new Error(`there is no part ${name}; there are ${parts.map(each => each.name).join(', ')}`);
  };
  return {
    parts: () => parts.map(({ name, url }) => ({ name, pid: running.get(name)?.pid, url })),
    async stop(name) {
      partNamed(name);
      const child = running.get(name);
      running.delete(name);
      await child?.close();
    },
    async start(name) {
      if (!running.has(name)) await start(partNamed(name));
    },
    async settled(name) {
      const { ready } = partNamed(name).spec;
      while (!(await ready())) await delay(100);
    },
    close,
  };
}

/** A part is ended when those that need it have ended. */
async function inReverse(parts: readonly Part[], end: (part: Part) => Promise<void>): Promise<void> {
  const ended = new Map<string, Promise<void>>();
  for (const part of parts.toReversed()) {
    const users = parts.filter(({ after }) => after.includes(part.name)).map(({ name }) => ended.get(name));
    ended.set(
      part.name,
      Promise.all(users).then(() => end(part)),
    );
  }
  await Promise.all(ended.values());
}
