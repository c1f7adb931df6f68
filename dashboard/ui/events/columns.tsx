import type { Event } from '../../lib/api.ts';
import { eventLine, kindWords } from '../../lib/event-words.ts';
import { quantity } from '../../lib/quantity.ts';
import { clock, exact } from '../../lib/time.ts';
import { visible } from '../../lib/visible-text.ts';
import type { Column } from '../list/column.ts';
import { Path } from '../text/path.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './events.module.css';

export const eventColumns: readonly Column<Event>[] = [
  {
    key: 'time',
    label: 'Time',
    track: '118px',
    cell: event => (
      <time className={styles.time} dateTime={event.time} title={exact(event.time)}>
        {clock(event.time)}
      </time>
    ),
  },
  { key: 'kind', label: 'Kind', track: '92px', cell: event => kindWords[event.kind] },
  {
    key: 'program',
    label: 'Program',
    track: 'minmax(140px, 2fr)',
    card: 'line',
    cell: event => <Path text={event.process.script || event.process.exe} />,
  },
  {
    key: 'object',
    label: 'Did what',
    track: 'minmax(180px, 4fr)',
    primary: true,
    card: 'line',
    cell: event => {
      const { object, how } = eventLine(event);
      return (
        <span className={styles.line}>
          {object !== '' && (
            <span className={styles.object} title={visible(object)}>
              <Raw text={object} />
            </span>
          )}
          {how !== '' && <span className={styles.how}>{how}</span>}
        </span>
      );
    },
  },
  { key: 'count', label: 'Count', track: '52px', align: 'end', card: 'labelled', cell: event => quantity(event.count) },
  {
    key: 'user',
    label: 'User',
    track: '84px',
    cell: event => visible(event.process.user || String(event.process.uid)),
  },
  { key: 'endpoint', label: 'Endpoint', track: '110px', card: 'hidden', cell: event => visible(event.endpoint.name) },
];
