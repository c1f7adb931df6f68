'use client';

import { Anchor } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { Baseline, BaselineEntry } from '../../lib/api.ts';
import { baselineWords, phaseMeaning } from '../../lib/baseline-words.ts';
import { plural, quantity } from '../../lib/quantity.ts';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import type { Column } from '../list/column.ts';
import { List } from '../list/list.tsx';
import { Filters } from '../list/page-head.tsx';
import { Search } from '../list/search.tsx';
import { Empty, Loading } from '../list/states.tsx';
import { useFilters } from '../list/use-filters.ts';
import { usePages } from '../list/use-pages.ts';
import { Moment } from '../text/moment.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './baselines.module.css';
import { familyWords } from './family-words.ts';
import { PhaseMark } from './phase.tsx';

const families = ['file', 'lineage'] as const;
const spec = { endpoint: 'text', family: families, program: 'text', search: 'text' } as const;

const columns: readonly Column<BaselineEntry>[] = [
  {
    key: 'value',
    label: 'Learned',
    track: 'minmax(0, 1fr)',
    card: 'line',
    cell: entry => <Raw text={entry.value} wrap />,
  },
  { key: 'count', label: 'Times', track: '80px', align: 'end', card: 'labelled', cell: entry => quantity(entry.count) },
  {
    key: 'first',
    label: 'First seen',
    track: '100px',
    card: 'labelled',
    cell: entry => <Moment at={entry.firstSeenAt} />,
  },
  {
    key: 'last',
    label: 'Last seen',
    track: '100px',
    card: 'labelled',
    cell: entry => <Moment at={entry.lastSeenAt} />,
  },
];

/** What was learned about one program on one endpoint. */
export function ProgramPage() {
  const [filters, change] = useFilters(spec);
  const family = families.find(each => each === filters.family);
  const { endpoint, program } = filters;
  return (
    <>
      <Anchor component={Link} href="/baselines" size="sm" className={styles.back}>
        <IconArrowLeft size={15} aria-hidden /> Baselines
      </Anchor>
      {endpoint === undefined || program === undefined || family === undefined ? (
        <Empty title="No program chosen">Choose one from the list of baselines.</Empty>
      ) : (
        <Program
          endpoint={endpoint}
          program={program}
          family={family}
          search={filters.search}
          onSearch={search => change({ search }, 'replace')}
        />
      )}
    </>
  );
}

interface ProgramProps {
  readonly endpoint: string;
  readonly program: string;
  readonly family: Baseline['family'];
  readonly search: string | undefined;
  readonly onSearch: (text: string) => void;
}

function Program({ endpoint, program, family, search, onSearch }: ProgramProps) {
  const { data } = useQuery({
    queryKey: ['baselines', 'one', endpoint, program, family],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/baselines', { params: { query: { endpoint, program, family } }, signal })),
    refetchInterval: 10_000,
  });
  const entries = usePages<BaselineEntry>(
    ['baselines', 'entries', endpoint, program, family, search],
    (cursor, signal) =>
      answer(
        api.GET('/api/v1/baselines/entries', {
          params: { query: { endpoint, program, family, search, cursor, limit: 200 } },
          signal,
        }),
      ),
  );
  const baseline = data?.items.find(item => item.program === program);
  return (
    <>
      <header className={styles.head}>
        <h1 className={styles.title}>
          <Raw text={program} wrap />
        </h1>
        {data === undefined ? <Loading rows={1} /> : baseline !== undefined && <Figures baseline={baseline} />}
      </header>
      <Filters>
        <Search label="Search what was learned" value={search ?? ''} onSearch={onSearch} />
      </Filters>
      <List
        pages={entries}
        what="What was learned"
        label="Learned behaviour"
        dense
        columns={columns}
        rowKey={entry => entry.value}
        rowLabel={entry => visible(entry.value)}
        empty={<Empty title={search === undefined ? 'Nothing learned yet' : 'Nothing that was learned matches'} />}
      />
    </>
  );
}

function Figures({ baseline }: { baseline: Baseline }) {
  const { phase, observations, unseenProbability } = baseline;
  return (
    <>
      <p className={styles.words}>
        {phaseMeaning[phase]} {baselineWords(phase, observations, unseenProbability)}
      </p>
      <div className={styles.figures}>
        <PhaseMark phase={phase} />
        <span>{familyWords[baseline.family]}</span>
        <span>on {visible(baseline.endpoint.name)}</span>
        <span>{plural(baseline.distinct, 'distinct value')}</span>
        <span>
          first seen <Moment at={baseline.firstSeenAt} />
        </span>
        {baseline.enforcedAt !== null && (
          <span>
            enforced <Moment at={baseline.enforcedAt} />
          </span>
        )}
      </div>
    </>
  );
}
