'use client';

import { type ComponentProps, type ReactNode, useCallback } from 'react';
import { Failed, Loading } from './states.tsx';
import { Table } from './table.tsx';
import type { Pages } from './use-pages.ts';

type TableOf<Row> = Omit<ComponentProps<typeof Table<Row>>, 'rows' | 'more' | 'onEnd' | 'busy'>;

/** A paged list with all its states: loading, failed, empty, rows, and more rows on the way. */
export function List<Row>({
  pages,
  what,
  empty,
  ...table
}: TableOf<Row> & { pages: Pages<Row>; what: string; empty: ReactNode }) {
  const { items, isPending, error, refetch, hasNextPage, isFetching, fetchNextPage } = pages;
  // Another page would end what is being fetched now, or be fetched twice: two calls may come before it is known that one is.
  const onEnd = useCallback(() => {
    if (!isFetching) void fetchNextPage({ cancelRefetch: false });
  }, [isFetching, fetchNextPage]);
  if (isPending) return <Loading label={`Loading ${what.toLowerCase()}`} />;
  if (error !== null && items.length === 0) return <Failed what={what} error={error} onRetry={() => void refetch()} />;
  if (items.length === 0) return empty;
  return (
    <>
      <Table
        {...table}
        rows={items}
        busy={pages.isPlaceholderData}
        more={hasNextPage && error === null}
        onEnd={onEnd}
      />
      {error !== null && (
        <Failed what={`More ${what.toLowerCase()}`} error={error} onRetry={() => void fetchNextPage()} />
      )}
    </>
  );
}
