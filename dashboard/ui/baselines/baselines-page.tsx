'use client';

import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import Link from 'next/link';
import type { Baseline } from '../../lib/api.ts';
import { percent, quantity } from '../../lib/quantity.ts';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { useEndpoints } from '../endpoints/use-endpoints.ts';
import type { Column } from '../list/column.ts';
import { List } from '../list/list.tsx';
import { Filters, PageHead } from '../list/page-head.tsx';
import { Search } from '../list/search.tsx';
import { Empty } from '../list/states.tsx';
import { useFilters } from '../list/use-filters.ts';
import { usePages } from '../list/use-pages.ts';
import { Moment } from '../text/moment.tsx';
import { Path } from '../text/path.tsx';
import { familyWords } from './family-words.ts';
import { PhaseMark, phaseWords } from './phase.tsx';

const phases = ['learning', 'saturated', 'enforced'] as const;
const families = ['file', 'lineage'] as const;
const spec = { endpoint: 'text', phase: phases, family: families, search: 'text' } as const;

const columns: readonly Column<Baseline>[] = [
  {
    key: 'program',
    label: 'Program',
    track: 'minmax(0, 1fr)',
    primary: true,
    card: 'line',
    cell: baseline => <Path text={baseline.program} />,
  },
  { key: 'family', label: 'What', track: '104px', cell: baseline => familyWords[baseline.family] },
  { key: 'phase', label: 'State', track: '104px', cell: baseline => <PhaseMark phase={baseline.phase} /> },
  {
    key: 'observations',
    label: 'Observations',
    track: '100px',
    align: 'end',
    card: 'labelled',
    cell: baseline => quantity(baseline.observations),
  },
  {
    key: 'distinct',
    label: 'Distinct',
    track: '70px',
    align: 'end',
    card: 'labelled',
    cell: baseline => quantity(baseline.distinct),
  },
  {
    key: 'unseen',
    label: 'Next is new',
    track: '90px',
    align: 'end',
    card: 'labelled',
    cell: baseline => percent(baseline.unseenProbability),
  },
  { key: 'endpoint', label: 'Endpoint', track: '130px', cell: baseline => visible(baseline.endpoint.name) },
  {
    key: 'last',
    label: 'Last seen',
    track: '90px',
    card: 'labelled',
    cell: baseline => <Moment at={baseline.lastSeenAt} />,
  },
];

const address = ({ endpoint, family, program }: Baseline): string =>
  `/baselines/program?${new URLSearchParams({ endpoint: endpoint.id, family, program })}`;

export function BaselinesPage() {
  const [filters, change] = useFilters(spec);
  const query = {
    endpoint: filters.endpoint,
    search: filters.search,
    phase: phases.find(phase => phase === filters.phase),
    family: families.find(family => family === filters.family),
  };
  const { items: endpoints } = useEndpoints({});
  const baselines = usePages<Baseline>(
    ['baselines', query],
    (cursor, signal) =>
      answer(api.GET('/api/v1/baselines', { params: { query: { ...query, cursor, limit: 100 } }, signal })),
    { refetchInterval: 30_000 },
  );
  return (
    <>
      <PageHead
        title="Baselines"
        about="What each program normally does. Learned by watching, enforced once hardly anything new is met."
      />
      <Filters>
        <Search
          label="Search programs"
          value={filters.search ?? ''}
          onSearch={search => change({ search }, 'replace')}
        />
        <SegmentedControl
          size="xs"
          aria-label="State"
          data={[{ value: '', label: 'All' }, ...phases.map(value => ({ value, label: phaseWords[value] }))]}
          value={filters.phase ?? ''}
          onChange={phase => change({ phase })}
        />
        <NativeSelect
          aria-label="What is learned"
          data={[
            { value: '', label: 'Everything learned' },
            ...families.map(value => ({ value, label: familyWords[value] })),
          ]}
          value={filters.family ?? ''}
          onChange={event => change({ family: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label="Endpoint"
          maw={260}
          data={[
            { value: '', label: 'All endpoints' },
            ...endpoints.map(({ id, name }) => ({ value: id, label: visible(name) })),
          ]}
          value={filters.endpoint ?? ''}
          onChange={event => change({ endpoint: event.currentTarget.value })}
        />
      </Filters>
      <List
        pages={baselines}
        what="Baselines"
        label="Program baselines"
        columns={columns}
        rowKey={baseline => `${baseline.endpoint.id}/${baseline.family}/${baseline.program}`}
        rowLabel={baseline => visible(baseline.program)}
        href={address}
        empty={
          Object.values(query).some(value => value !== undefined) ? (
            <Empty
              title="No program matches"
              action={
                <Button variant="default" onClick={() => change({ endpoint: '', phase: '', family: '', search: '' })}>
                  Clear all filters
                </Button>
              }
            />
          ) : (
            <Empty
              title="Nothing learned yet"
              action={
                <Button variant="default" component={Link} href="/endpoints">
                  See endpoints
                </Button>
              }
            >
              Learning begins with the first events of an agent. Programs that run often are known within hours.
            </Empty>
          )
        }
      />
    </>
  );
}
