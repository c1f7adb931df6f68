'use client';

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Event } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { usePages } from '../list/use-pages.ts';
import { followStream } from '../shell/event-stream.ts';
import { type EventFilters, eventQuery } from './filters.ts';

/** Rows that came live and are kept on the page; older ones are found by searching. */
const kept = 1_000;
/** How often what came is put on the page: faster cannot be read. */
const paintMillis = 400;

export const eventKey = (event: Event): string => `${event.endpoint.id}/${event.stream}/${event.sequence}`;

/**
 * Stored events that match, newest first, and while `live` those that come in on top of them. While `paused`, what comes waits and is
 * counted; beyond `kept` the oldest waiting ones are left out.
 */
export function useEvents(filters: EventFilters, live: boolean, paused: boolean) {
  const query = useMemo(() => eventQuery(filters), [filters]);
  const stored = usePages<Event>(['events', query], (cursor, signal) =>
    answer(api.GET('/api/v1/events', { params: { query: { ...query, cursor, limit: 200 } }, signal })),
  );
  const { refetch } = stored;
  const [came, setCame] = useState<readonly Event[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [dropped, setDropped] = useState(0);
  const [connected, setConnected] = useState(false);
  const buffer = useRef<Event[]>([]);
  const isPaused = useRef(paused);
  isPaused.current = paused;
  const hasMissed = useRef(false);

  /** What happened while there was no stream belongs between what came before and what comes now: only the store has it. */
  const catchUp = useCallback(() => {
    hasMissed.current = isPaused.current;
    if (isPaused.current) return;
    setCame([]);
    void refetch();
  }, [refetch]);
  useEffect(() => {
    if (!paused && hasMissed.current) catchUp();
  }, [paused, catchUp]);

  const paint = useCallback(() => {
    if (buffer.current.length === 0) return;
    setWaiting(isPaused.current ? buffer.current.length : 0);
    if (isPaused.current) return;
    const batch = buffer.current.reverse();
    buffer.current = [];
    setCame(current => [...batch, ...current].slice(0, kept));
  }, []);

  useEffect(() => {
    if (!live) return;
    setCame([]);
    setWaiting(0);
    setDropped(0);
    buffer.current = [];
    const { from: _from, to: _to, ...following } = query;
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(following)) {
      for (const one of value === undefined ? [] : [value].flat()) parameters.append(name, one);
    }
    const stop = followStream({
      address: `/api/v1/live/events?${parameters}`,
      names: ['event', 'lagging'],
      onMessage(name, data) {
        if (name === 'lagging') {
          setDropped(current => current + (data as { dropped: number }).dropped);
          return;
        }
        buffer.current.push(data as Event);
        if (buffer.current.length > kept) buffer.current.splice(0, buffer.current.length - kept);
      },
      onOpen(missed) {
        setConnected(true);
        if (missed) catchUp();
      },
      onLost: () => setConnected(false),
    });
    const timer = window.setInterval(paint, paintMillis);
    return () => {
      window.clearInterval(timer);
      stop();
      setConnected(false);
    };
  }, [live, query, paint, catchUp]);

  const items = useMemo(() => {
    if (!live || came.length === 0) return stored.items;
    const known = new Set(came.map(eventKey));
    return [...came, ...stored.items.filter(event => !known.has(eventKey(event)))];
  }, [live, came, stored.items]);

  return { pages: { ...stored, items }, waiting, dropped, connected };
}
