'use client';

import { Accordion, Button } from '@mantine/core';
import { useMemo } from 'react';
import type { Finding } from '../../lib/api.ts';
import { type Difference, findingDifferences } from '../../lib/finding-differences.ts';
import { plural, quantity } from '../../lib/quantity.ts';
import { answer, api } from '../../lib/request.ts';
import { exact } from '../../lib/time.ts';
import { visible } from '../../lib/visible-text.ts';
import { Failed, Loading } from '../list/states.tsx';
import { usePages } from '../list/use-pages.ts';
import { Facts } from '../text/facts.tsx';
import { Long } from '../text/long.tsx';
import { Moment } from '../text/moment.tsx';
import { Panel } from '../text/panel.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './findings.module.css';

/**
 * Each time it was found: when, how often, and what was other than the other times; all that was seen then is one click away. The first
 * fifty are kept, further ones only count.
 */
export function Findings({ id, total }: { id: string; total: number }) {
  const findings = usePages<Finding>(['alerts', 'findings', id], (cursor, signal) =>
    answer(api.GET('/api/v1/alerts/{id}/findings', { params: { path: { id }, query: { cursor, limit: 50 } }, signal })),
  );
  const differences = useMemo(() => findingDifferences(findings.items), [findings.items]);
  const key = (finding: Finding) => `${finding.stream}/${finding.sequence}`;
  return (
    <Panel title="Findings" aside={<span className={styles.quiet}>{plural(total, 'time')} in all</span>}>
      {findings.isPending ? (
        <Loading rows={2} label="Loading findings" />
      ) : findings.error !== null ? (
        <Failed what="The findings" error={findings.error} onRetry={() => void findings.refetch()} />
      ) : findings.items.length === 0 ? (
        <p className={styles.quiet}>No finding was kept for this alert.</p>
      ) : (
        <Accordion
          variant="default"
          chevronPosition="left"
          classNames={{ control: styles.control ?? '', label: styles.label ?? '', content: styles.content ?? '' }}
        >
          {findings.items.map((finding, index) => (
            <Accordion.Item key={key(finding)} value={key(finding)}>
              <Accordion.Control>
                <span className={styles.summary}>
                  <span className={styles.when}>
                    <Moment at={finding.foundAt} />
                  </span>
                  <span className={styles.times}>{quantity(finding.count)} ×</span>
                  <span className={styles.differences}>
                    {inOneLine(differences[index] ?? []).map(({ label, value }) => (
                      <span key={label}>
                        <span className={styles.quiet}>{visible(label)}</span> <Raw text={value} />
                      </span>
                    ))}
                  </span>
                </span>
              </Accordion.Control>
              <Accordion.Panel>
                <Facts
                  facts={[
                    ['Found', <Raw key="found" text={exact(finding.foundAt)} wrap />],
                    ...finding.evidence.saw.map(
                      ({ label, value }) => [visible(label), <Long key={label} text={value} />] as const,
                    ),
                    ['Process', <Raw key="process" text={finding.execId} wrap />],
                  ]}
                />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
      {findings.hasNextPage && (
        <Button variant="subtle" size="xs" mt="xs" onClick={() => void findings.fetchNextPage()}>
          More findings
        </Button>
      )}
    </Panel>
  );
}

/** As many as can be read in a line: the first two and the last, which is the process id. */
const inOneLine = (differences: readonly Difference[]): readonly Difference[] =>
  differences.length <= 3 ? differences : [...differences.slice(0, 2), ...differences.slice(-1)];
