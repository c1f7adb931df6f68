'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Endpoint } from '../../lib/api.ts';
import { isOpen } from '../../lib/command-words.ts';
import { answer, api } from '../../lib/request.ts';
import { useAnnouncement } from '../shell/live.tsx';

/** Commands to an endpoint, the newest first; asked for often while something may still come of one. */
export function useCommands(endpoint: string) {
  const client = useQueryClient();
  useAnnouncement<Endpoint>('endpoint', ({ id }) => {
    if (id === endpoint) void client.invalidateQueries({ queryKey: ['commands', endpoint] });
  });
  return useQuery({
    queryKey: ['commands', endpoint],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/endpoints/{id}/commands', {
          params: { path: { id: endpoint }, query: { limit: 20 } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.items.some(each => isOpen(each.state)) ? 2_000 : 15_000),
  });
}
