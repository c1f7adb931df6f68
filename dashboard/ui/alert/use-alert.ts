'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Alert, AlertDetail } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { useAnnouncement } from '../shell/live.tsx';

/** One alert, loaded again when somebody or something changes it. */
export function useAlert(id: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['alerts', 'one', id],
    queryFn: ({ signal }): Promise<AlertDetail> =>
      answer(api.GET('/api/v1/alerts/{id}', { params: { path: { id } }, signal })),
  });
  useAnnouncement<Alert>('alert', alert => {
    if (alert.id !== id) return;
    void client.invalidateQueries({ queryKey: ['alerts', 'one', id] });
    void client.invalidateQueries({ queryKey: ['alerts', 'history', id] });
    void client.invalidateQueries({ queryKey: ['alerts', 'findings', id] });
  });
  useAnnouncement('lagging', () => void client.invalidateQueries({ queryKey: ['alerts', 'one', id] }));
  return query;
}
