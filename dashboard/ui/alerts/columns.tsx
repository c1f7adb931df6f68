import type { Alert } from '../../lib/api.ts';
import { quantity } from '../../lib/quantity.ts';
import { visible } from '../../lib/visible-text.ts';
import type { Column } from '../list/column.ts';
import { Moment } from '../text/moment.tsx';
import { Path } from '../text/path.tsx';
import styles from './queue.module.css';
import { SeverityMark } from './severity.tsx';
import { StatusMark } from './status.tsx';

export const alertColumns: readonly Column<Alert>[] = [
  {
    key: 'severity',
    label: 'Severity',
    track: '92px',
    sort: 'severity',
    cell: alert => <SeverityMark severity={alert.severity} />,
  },
  {
    key: 'title',
    label: 'Alert',
    track: 'minmax(0, 1fr)',
    primary: true,
    card: 'line',
    cell: alert => (
      <>
        <span className={styles.title}>{visible(alert.title)}</span>
        <span className={styles.reason} title={visible(alert.reason)}>
          {visible(alert.reason)}
        </span>
      </>
    ),
  },
  {
    key: 'where',
    label: 'Program and endpoint',
    track: 'minmax(120px, 180px)',
    card: 'line',
    cell: alert => (
      <>
        <Path text={alert.program} />
        <span className={styles.under}>{visible(alert.endpoint.name)}</span>
      </>
    ),
  },
  {
    key: 'count',
    label: 'Count',
    track: '48px',
    sort: 'count',
    align: 'end',
    card: 'labelled',
    cell: alert => quantity(alert.count),
  },
  {
    key: 'first',
    label: 'First seen',
    track: '86px',
    sort: 'firstSeen',
    card: 'hidden',
    cell: alert => <Moment at={alert.firstSeenAt} />,
  },
  {
    key: 'last',
    label: 'Last seen',
    track: '86px',
    sort: 'lastSeen',
    card: 'labelled',
    cell: alert => <Moment at={alert.lastSeenAt} />,
  },
  {
    key: 'status',
    label: 'Status',
    track: '100px',
    cell: alert => (
      <>
        <StatusMark status={alert.status} verdict={alert.verdict} />
        {alert.assignee !== null && <span className={styles.under}>{visible(alert.assignee.name)}</span>}
      </>
    ),
  },
];
