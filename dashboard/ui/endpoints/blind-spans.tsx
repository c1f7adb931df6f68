import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { lasted } from '../../lib/blind-time.ts';
import { blindWords } from '../../lib/blind-words.ts';
import { plural } from '../../lib/quantity.ts';
import { answer, api } from '../../lib/request.ts';
import { duration } from '../../lib/time.ts';
import { visible } from '../../lib/visible-text.ts';
import { Moment, useNow } from '../text/moment.tsx';
import { Panel } from '../text/panel.tsx';
import { BlindStrip } from './blind-strip.tsx';
import styles from './losses.module.css';

/** Times in which the endpoint was not seen: from when until when, why, and what was lost. `detector`: those of one reason. */
export function BlindSpans({ endpoint, detector }: { endpoint: string; detector?: string }) {
  const { data, error } = useQuery({
    queryKey: ['endpoints', 'blind-spans', endpoint],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/endpoints/{id}/blind-spans', { params: { path: { id: endpoint } }, signal })),
    refetchInterval: 10_000,
  });
  const current = useNow();
  const spans = (data?.items ?? []).filter(span => detector === undefined || span.detector === detector);
  const now = spans.filter(({ endedAt }) => endedAt === null);
  const nowWords = now.some(({ detector }) => blindWords(detector).wholly)
    ? 'Nothing of this host is seen at this time.'
    : 'This host is not seen wholly at this time.';
  return (
    <Panel
      title="Blind"
      aside={<span className={styles.quiet}>{detector === undefined ? 'newest first' : 'of this kind'}</span>}
    >
      <p className={now.length === 0 ? styles.quiet : styles.lost}>
        {data === undefined
          ? error === null
            ? 'Being asked for.'
            : 'The server does not answer at the moment.'
          : now.length > 0
            ? nowWords
            : spans.length === 0
              ? 'The host was seen all the time.'
              : 'The host is seen; at these times it was not, or not wholly.'}
      </p>
      {spans.length > 0 && detector === undefined && <BlindStrip spans={spans} now={current} />}
      {spans.length > 0 && (
        <table className={styles.counters}>
          <thead>
            <tr>
              <th scope="col">When and why</th>
              <th scope="col">For</th>
              <th scope="col">Lost</th>
            </tr>
          </thead>
          <tbody>
            {spans.map(span => (
              <tr key={`${span.detector} ${span.beganAt}`}>
                <th scope="row">
                  <strong data-effect={span.endedAt === null ? 'lost' : 'cut'}>
                    {detector === undefined ? (
                      <Link href={`/alerts?status=all&endpoint=${endpoint}&detector=${span.detector}`}>
                        {blindWords(span.detector).what}
                      </Link>
                    ) : (
                      blindWords(span.detector).what
                    )}
                  </strong>{' '}
                  <Moment at={span.beganAt} />
                  <p>{visible(span.explanation ?? blindWords(span.detector).means)}</p>
                </th>
                <td>
                  {duration(lasted(span, current) * 1000)}
                  {span.endedAt === null && <p>until now</p>}
                </td>
                <td>{span.lost > 0 ? plural(span.lost, 'event') : 'unknown'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
