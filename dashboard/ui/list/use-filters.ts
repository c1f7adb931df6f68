'use client';

import { usePathname, useSearchParams } from 'next/navigation';
import { useCallback, useMemo } from 'react';
import { changeFilters, type FilterSpec, type Filters, readFilters } from '../../lib/filters.ts';

export type Change = (changes: Readonly<Record<string, string | undefined>>, how?: 'push' | 'replace') => void;

/** The filters in the address, and how to change them: `push` where Back should undo it, `replace` while typing. */
export function useFilters<Spec extends FilterSpec>(spec: Spec): [Filters<Spec>, Change] {
  const query = useSearchParams().toString();
  const path = usePathname();
  const filters = useMemo(() => readFilters(spec, new URLSearchParams(query)), [spec, query]);
  const change = useCallback<Change>(
    (changes, how = 'push') => {
      const address = path + changeFilters(new URLSearchParams(window.location.search), changes);
      if (how === 'push') window.history.pushState(null, '', address);
      else window.history.replaceState(null, '', address);
    },
    [path],
  );
  return [filters, change];
}
