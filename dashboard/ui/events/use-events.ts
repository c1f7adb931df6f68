'use client';

import { useQueryClient } from '@tanstack/react-query';
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
/** Where more came than is shown, what was stored is asked for again once that is over for so long, */
const calmMillis = 2_000;
/** and while it goes on after so long, or so many times what the answer took. */
const rest = { millis: 15_000, times: 20 };

export const eventKey = (event: Event): string => `${event.endpoint.id}/${event.stream}/${event.sequence}`;

/**
 * Stored events that match, newest first, and while `live` those that come in on top of them. While `paused`, what comes waits and is
 * counted; beyond `kept` the oldest ones are left to the store, which is asked again, so that below them no event is missing: soon where it is
 * calm again, now and then where it is not, and not while paused.
 */
export function useEvents(filters: EventFilters, live: boolean, paused: boolean) {
  const query = useMemo(() => eventQuery(filters), [filters]);
  const key = useMemo(() => ['events', query], [query]);
  const client = useQueryClient();
  const stored = usePages<Event>(key, (cursor, signal) =>
    answer(api.GET('/api/v1/events', { params: { query: { ...query, cursor, limit: 200 } }, signal })),
  );
  const { refetch } = stored;
  const [came, setCame] = useState<readonly Event[]>([]);
  const shown = useRef(0);
  shown.current = came.length;
  const [waiting, setWaiting] = useState(0);
  const [dropped, setDropped] = useState(0);
  const [connected, setConnected] = useState(false);
  const buffer = useRef<Event[]>([]);
  /** How many of the waiting ones the buffer could not hold; whether there is a hole above what was stored, and since when the newest. */
  const beyond = useRef(0);
  const hasHole = useRef(false);
  const tornAt = useRef(0);
  const restsUntil = useRef(0);
  const isPaused = useRef(paused);
  isPaused.current = paused;
  const hasMissed = useRef(false);

  const tear = useCallback(() => {
    hasHole.current = true;
    tornAt.current = performance.now();
  }, []);
  /** What was stored while there was no stream belongs between what came before and what comes now: only the store has it. */
  const catchUp = useCallback(() => {
    hasMissed.current = isPaused.current;
    if (isPaused.current) return;
    setCame([]);
    restsUntil.current = 0;
    tear();
  }, [tear]);
  useEffect(() => {
    if (!paused && hasMissed.current) catchUp();
  }, [paused, catchUp]);
  const fill = useCallback(async () => {
    // What is being answered now may have been asked before the hole was torn.
    if (client.isFetching({ queryKey: key, exact: true }) > 0) return;
    hasHole.current = false;
    const begun = performance.now();
    const { isError } = await refetch();
    const ended = performance.now();
    restsUntil.current = ended + Math.max(rest.millis, (ended - begun) * rest.times);
    if (isError) tear();
  }, [client, key, refetch, tear]);

  const paint = useCallback(() => {
    const now = performance.now();
    if (hasHole.current && !isPaused.current && (now - tornAt.current >= calmMillis || now >= restsUntil.current))
      void fill();
    if (buffer.current.length === 0) return;
    setWaiting(isPaused.current ? buffer.current.length + beyond.current : 0);
    if (isPaused.current) return;
    const batch = buffer.current.reverse();
    buffer.current = [];
    beyond.current = 0;
    if (batch.length + shown.current > kept) tear();
    setCame(current => [...batch, ...current].slice(0, kept));
  }, [fill, tear]);

  useEffect(() => {
    if (!live) return;
    setCame([]);
    setWaiting(0);
    setDropped(0);
    buffer.current = [];
    beyond.current = 0;
    hasHole.current = false;
    restsUntil.current = 0;
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
          tear();
          setDropped(current => current + (data as { dropped: number }).dropped);
          return;
        }
        buffer.current.push(data as Event);
        if (buffer.current.length <= kept) return;
        buffer.current.shift();
        beyond.current++;
        tear();
      },
      onOpen() {
        setConnected(true);
        catchUp();
      },
      onLost: () => setConnected(false),
    });
    const timer = window.setInterval(paint, paintMillis);
    return () => {
      window.clearInterval(timer);
      stop();
      setConnected(false);
    };
  }, [live, query, paint, catchUp, tear]);

  const items = useMemo(() => {
    if (!live || came.length === 0) return stored.items;
    const known = new Set(came.map(eventKey));
    return [...came, ...stored.items.filter(event => !known.has(eventKey(event)))];
  }, [live, came, stored.items]);

  return { pages: { ...stored, items }, waiting, dropped, connected };
}
