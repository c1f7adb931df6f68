'use client';

import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { followStream } from './event-stream.ts';

/** What the server announces on /api/v1/live. */
export type LiveName = 'alert' | 'endpoint' | 'endpoint-removed' | 'lagging';
export type LiveState = 'connecting' | 'live' | 'resting';
type Listener = (data: unknown) => void;

interface Live {
  readonly state: LiveState;
  subscribe(name: LiveName, listener: Listener): () => void;
}

const names: readonly LiveName[] = ['alert', 'endpoint', 'endpoint-removed', 'lagging'];
const LiveContext = createContext<Live | undefined>(undefined);

/**
 * One event stream for the whole tab. A hidden tab rests: browsers allow six connections to a host, and a forgotten tab must not
 * hold one. Whoever comes back gets `lagging`, which makes each list load what it missed.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const listeners = useRef(new Map<LiveName, Set<Listener>>());
  const [state, setState] = useState<LiveState>('connecting');

  useEffect(() => {
    let stop: (() => void) | undefined;
    let rested = false;
    const tell = (name: LiveName, data: unknown) => {
      for (const listener of listeners.current.get(name) ?? []) listener(data);
    };
    const connect = () => {
      setState('connecting');
      stop = followStream({
        address: '/api/v1/live',
        names,
        onMessage: tell,
        onOpen(missed) {
          setState('live');
          if (missed || rested) tell('lagging', undefined);
          rested = false;
        },
        onLost: () => setState('connecting'),
      });
    };
    const rest = () => {
      stop?.();
      stop = undefined;
      rested = true;
      setState('resting');
    };
    const follow = () => {
      if (document.visibilityState !== 'visible') rest();
      else if (stop === undefined) connect();
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      stop?.();
    };
  }, []);

  const live = useMemo<Live>(
    () => ({
      state,
      subscribe(name, listener) {
        const set = listeners.current.get(name) ?? new Set();
        listeners.current.set(name, set.add(listener));
        return () => set.delete(listener);
      },
    }),
    [state],
  );
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error('useLive outside of the frame');
  return live;
}

export const useLiveState = (): LiveState => useLive().state;

/** Calls `listener` with the data of each announcement of that name. */
export function useAnnouncement<Data>(name: LiveName, listener: (data: Data) => void): void {
  const { subscribe } = useLive();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  // The API's document says what each name carries; the caller names that type.
  useEffect(() => subscribe(name, data => latest.current(data as Data)), [name, subscribe]);
}

/**
 * Calls `action` soon after an announcement of that name, and once for all that come within `settleMillis`: an attack makes many, and
 * each would ask the API again.
 */
export function useNews(name: LiveName, action: () => void, settleMillis = 500): void {
  const timer = useRef<number>(undefined);
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  useAnnouncement(name, () => {
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, settleMillis);
  });
}
