'use client';

import { useSyncExternalStore } from 'react';
import { exact, relative } from '../../lib/time.ts';

/** One clock for all distances on the page; it ticks while somebody looks. */
let now = Date.now();
const readers = new Set<() => void>();
let timer: number | undefined;

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  now = Date.now();
  timer ??= window.setInterval(() => {
    now = Date.now();
    for (const each of readers) each();
  }, 5_000);
  return () => {
    readers.delete(reader);
    if (readers.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => now,
    () => now,
  );
}

/** How long ago; exactly when, on hover. */
export function Moment({ at }: { at: string }) {
  const current = useNow();
  return (
    <time dateTime={at} title={exact(at)}>
      {relative(at, current)}
    </time>
  );
}
