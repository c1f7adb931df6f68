'use client';

import { keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Page } from '../../lib/api.ts';

type Load<Item> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;

/** A list that loads page after page by cursor. While a changed filter loads, the former rows stay. */
export function usePages<Item>(
  queryKey: QueryKey,
  load: Load<Item>,
  options: { refetchInterval?: number; refetchOnWindowFocus?: boolean } = {},
) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    ...options,
  });
  const items = useMemo(() => query.data?.pages.flatMap(page => page.items) ?? [], [query.data]);
  return { ...query, items };
}

/** What a list shows of its loading. */
export type Pages<Item> = ReturnType<typeof usePages<Item>>;
