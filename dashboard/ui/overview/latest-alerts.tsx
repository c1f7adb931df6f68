'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { SeverityMark } from '../alerts/severity.tsx';
import { useNews } from '../shell/live.tsx';
import { Moment } from '../text/moment.tsx';
import { Panel } from '../text/panel.tsx';
import styles from './overview.module.css';

const key = ['alerts', 'latest'];

/** The newest alerts that are still to be done; nothing where there are none. */
export function LatestAlerts() {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/alerts', { params: { query: { status: ['open', 'in_progress'], limit: 8 } }, signal })),
  });
  useNews('alert', () => client.invalidateQueries({ queryKey: key }));
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Panel
      title="Latest alerts"
      aside={
        <Link href="/alerts" className={styles.all}>
          All alerts
        </Link>
      }
    >
      <ul className={styles.alerts}>
        {data.items.map(alert => (
          <li key={alert.id}>
            <SeverityMark severity={alert.severity} />
            <div className={styles.alert}>
              <Link href={`/alerts/${alert.id}`} prefetch={false}>
                {visible(alert.title)}
              </Link>
              <span className={styles.reason}>{visible(alert.reason)}</span>
            </div>
            <span className={styles.quiet}>
              <Moment at={alert.lastSeenAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
