'use client';

import { Button, Chip, Collapse, Group, NativeSelect, SegmentedControl } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { AlertFilters } from '../../lib/alert-query.ts';
import { severities, verdicts } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { Filters } from '../list/page-head.tsx';
import { Search } from '../list/search.tsx';
import type { Change } from '../list/use-filters.ts';
import styles from './queue-filters.module.css';
import { severityWords, verdictWords } from './words.ts';

const statusChoices = [
  { value: '', label: 'To do' },
  { value: 'open', label: 'Open' },
  { value: 'in_progress', label: 'In progress' },
  { value: 'closed', label: 'Closed' },
  { value: 'all', label: 'All' },
];

export function QueueFilters({ filters, change }: { filters: AlertFilters; change: Change }) {
  const rare = [
    filters.assignee,
    filters.verdict,
    filters.endpoint,
    filters.detector,
    filters.technique,
    filters.program,
  ];
  const set = rare.filter(value => value !== undefined).length;
  const [open, more] = useDisclosure(set > 0);
  return (
    <>
      <Filters>
        <Search
          label="Search alerts"
          placeholder="Title, program, deviation, endpoint"
          value={filters.search ?? ''}
          onSearch={search => change({ search }, 'replace')}
        />
        <SegmentedControl
          size="xs"
          aria-label="Status"
          data={statusChoices}
          value={filters.status ?? ''}
          onChange={status => change({ status })}
        />
        <Chip.Group
          multiple
          value={filters.severity?.split(',') ?? []}
          onChange={values => change({ severity: values.join(',') })}
        >
          <Group gap={4} role="group" aria-label="Severity">
            {severities.map(severity => (
              <Chip key={severity} value={severity} size="xs" radius="sm" variant="outline">
                {severityWords[severity]}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconAdjustmentsHorizontal size={15} aria-hidden />}
          aria-expanded={open}
          onClick={more.toggle}
        >
          {set === 0 ? 'More filters' : `More filters (${set})`}
        </Button>
      </Filters>
      <Collapse expanded={open}>{open && <RareFilters filters={filters} change={change} />}</Collapse>
    </>
  );
}

function RareFilters({ filters, change }: { filters: AlertFilters; change: Change }) {
  const { data: summary } = useQuery({
    queryKey: ['alerts', 'summary'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/alerts/summary', { signal })),
  });
  const { data: assignees } = useQuery({
    queryKey: ['assignees'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/assignees', { signal })),
  });
  const select = (name: keyof AlertFilters, label: string, data: { value: string; label: string }[]) => {
    const value = filters[name] ?? '';
    const known = data.some(each => each.value === value) || value === '';
    return (
      <NativeSelect
        size="xs"
        label={label}
        data={[{ value: '', label: 'Any' }, ...data, ...(known ? [] : [{ value, label: value }])]}
        value={value}
        onChange={event => change({ [name]: event.currentTarget.value })}
      />
    );
  };
  return (
    <div className={styles.rare}>
      {select('assignee', 'Assignee', [
        { value: 'me', label: 'Me' },
        { value: 'none', label: 'Nobody' },
        ...(assignees?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []),
      ])}
      {select(
        'verdict',
        'Verdict',
        verdicts.map(value => ({ value, label: verdictWords[value] })),
      )}
      {select('endpoint', 'Endpoint', summary?.endpoints.map(({ id, name }) => ({ value: id, label: name })) ?? [])}
      {select(
        'detector',
        'Detector',
        summary?.detectors.map(({ detector, title }) => ({ value: detector, label: title })) ?? [],
      )}
      {filters.technique !== undefined && select('technique', 'Technique', [])}
      {filters.program !== undefined && select('program', 'Program', [])}
      <Button
        variant="subtle"
        size="xs"
        onClick={() => change({ assignee: '', verdict: '', endpoint: '', detector: '', technique: '', program: '' })}
      >
        Clear these
      </Button>
    </div>
  );
}
