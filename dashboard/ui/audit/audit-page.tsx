'use client';

import { Button, NativeSelect } from '@mantine/core';
import type { AuditEntry } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import type { Column } from '../list/column.ts';
import { List } from '../list/list.tsx';
import { Filters, PageHead } from '../list/page-head.tsx';
import { Search } from '../list/search.tsx';
import { Empty } from '../list/states.tsx';
import { useFilters } from '../list/use-filters.ts';
import { usePages } from '../list/use-pages.ts';
import { Moment } from '../text/moment.tsx';
import { Raw } from '../text/raw.tsx';

/** Beginnings of actions, as the log's filter takes them. */
const areas = [
  { value: '', label: 'Every action' },
  { value: 'session.', label: 'Logins' },
  { value: 'alert.', label: 'Alerts' },
  { value: 'endpoint.', label: 'Endpoints' },
  { value: 'command.', label: 'Responses' },
  { value: 'user.', label: 'Users' },
];
const spec = { action: areas.map(({ value }) => value), search: 'text' } as const;

const columns: readonly Column<AuditEntry>[] = [
  { key: 'at', label: 'When', track: '104px', cell: entry => <Moment at={entry.at} /> },
  {
    key: 'actor',
    label: 'Who',
    track: 'minmax(120px, 1fr)',
    card: 'line',
    cell: entry => (entry.actor === null ? 'Picket' : visible(entry.actor.email)),
  },
  { key: 'action', label: 'Action', track: '190px', cell: entry => <Raw text={entry.action} /> },
  {
    key: 'subject',
    label: 'What',
    track: 'minmax(120px, 1fr)',
    card: 'line',
    cell: entry => (entry.subject === null ? '–' : visible(entry.subject.name ?? entry.subject.id)),
  },
  {
    key: 'detail',
    label: 'Detail',
    track: 'minmax(120px, 1.4fr)',
    card: 'line',
    cell: entry => <Raw text={detailText(entry.detail)} wrap />,
  },
  { key: 'address', label: 'From', track: '120px', cell: entry => visible(entry.address ?? '–') },
];

const detailText = (detail: AuditEntry['detail']): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

export function AuditPage() {
  const [filters, change] = useFilters(spec);
  const entries = usePages<AuditEntry>(['audit', filters], (cursor, signal) =>
    answer(
      api.GET('/api/v1/audit', {
        params: { query: { action: filters.action, search: filters.search, cursor, limit: 100 } },
        signal,
      }),
    ),
  );
  return (
    <>
      <PageHead
        title="Audit log"
        about="Every login and every change, by whom and from where. Nothing is ever removed from it."
      />
      <Filters>
        <Search
          label="Search the audit log"
          value={filters.search ?? ''}
          onSearch={search => change({ search }, 'replace')}
        />
        <NativeSelect
          aria-label="Action"
          data={areas}
          value={filters.action ?? ''}
          onChange={event => change({ action: event.currentTarget.value })}
        />
      </Filters>
      <List
        pages={entries}
        what="The audit log"
        label="Audit log"
        columns={columns}
        rowKey={entry => String(entry.id)}
        rowLabel={entry => visible(entry.action)}
        empty={
          <Empty
            title="No entry matches"
            action={
              <Button variant="default" onClick={() => change({ search: '', action: '' })}>
                Clear all filters
              </Button>
            }
          >
            Logins and changes appear here as they happen.
          </Empty>
        }
      />
    </>
  );
}
