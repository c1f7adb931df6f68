'use client';

import { useQueryClient } from '@tanstack/react-query';
import type { Endpoint, EndpointState } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { usePages } from '../list/use-pages.ts';
import { useNews } from '../shell/live.tsx';

/** The endpoints, asked for again now and then: silence is not announced by anybody. */
export function useEndpoints(query: { search?: string | undefined; state?: EndpointState | undefined }) {
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: ['endpoints'] });
  useNews('endpoint', again);
  useNews('endpoint-removed', again);
  useNews('lagging', again);
  return usePages<Endpoint>(
    ['endpoints', 'list', query],
    (cursor, signal) =>
      answer(api.GET('/api/v1/endpoints', { params: { query: { ...query, cursor, limit: 200 } }, signal })),
    { refetchInterval: 10_000 },
  );
}
