'use client';

import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { type AlertFilters, alertQuery } from '../../lib/alert-query.ts';
import type { Alert, Page } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { usePages } from '../list/use-pages.ts';
import { useAnnouncement, useNews } from '../shell/live.tsx';

type Loaded = InfiniteData<Page<Alert>, string | undefined>;

/** A burst of announcements (an attack makes many) asks the API once. */
const settleMillis = 200;

/**
 * The alert queue, kept current without moving under the reader: a listed alert changes in its place; new ones are put on top while
 * `mayInsert()` (nobody is pointing at the list), and otherwise wait in `waiting` until `show()`.
 */
export function useQueue(filters: AlertFilters, mayInsert: () => boolean) {
  const client = useQueryClient();
  const query = useMemo(() => alertQuery(filters), [filters]);
  const key = useMemo(() => ['alerts', 'list', query], [query]);
  const pages = usePages<Alert>(
    key,
    (cursor, signal) =>
      answer(api.GET('/api/v1/alerts', { params: { query: { ...query, cursor, limit: 100 } }, signal })),
    // Loading everything again would move the rows; announcements keep them current.
    { refetchOnWindowFocus: false },
  );
  const [arrived, setArrived] = useState<{ readonly key: unknown; readonly alerts: readonly Alert[] }>({
    key,
    alerts: [],
  });
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());

  const change = useCallback(
    (how: (items: readonly Alert[], isFirst: boolean) => Alert[]) =>
      client.setQueryData<Loaded>(key, data =>
        data === undefined
          ? data
          : { ...data, pages: data.pages.map((page, index) => ({ ...page, items: how(page.items, index === 0) })) },
      ),
    [client, key],
  );
  /** Those of `alerts` that are not listed yet. */
  const unlisted = useCallback(
    (alerts: readonly Alert[]): Alert[] => {
      const pages = client.getQueryData<Loaded>(key)?.pages ?? [];
      const listed = new Set(pages.flatMap(page => page.items.map(item => item.id)));
      return alerts.filter(alert => !listed.has(alert.id));
    },
    [client, key],
  );
  const insert = useCallback(
    (alerts: readonly Alert[]) => {
      const added = unlisted(alerts);
      change((items, isFirst) => (isFirst ? [...added, ...items] : [...items]));
      setFresh(new Set(added.map(alert => alert.id)));
      setArrived({ key, alerts: [] });
    },
    [change, unlisted, key],
  );
  const replace = useCallback(
    (alerts: readonly Alert[]) => {
      const byId = new Map(alerts.map(alert => [alert.id, alert]));
      change(items => items.map(item => byId.get(item.id) ?? item));
    },
    [change],
  );

  /** Asks for the head of the list as it is filtered and sorted: what is unknown in it has arrived. */
  const look = useCallback(async () => {
    const head = await answer(api.GET('/api/v1/alerts', { params: { query: { ...query, limit: 100 } } })).catch(
      () => undefined,
    );
    if (head === undefined || client.getQueryData<Loaded>(key) === undefined) return;
    replace(head.items);
    const alerts = unlisted(head.items);
    if (alerts.length === 0) return;
    if (mayInsert()) insert(alerts);
    else setArrived({ key, alerts });
  }, [client, key, query, mayInsert, insert, replace, unlisted]);

  useAnnouncement<Alert>('alert', alert => {
    replace([alert]);
  });
  useNews('alert', () => void look(), settleMillis);
  useAnnouncement('lagging', () => void look());

  const waiting = arrived.key === key ? arrived.alerts : [];
  return { pages, fresh, waiting: waiting.length, show: () => insert(waiting) };
}
