'use client';

import { Button, SegmentedControl } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import type { Endpoint, EndpointState } from '../../lib/api.ts';
import { eventsLost } from '../../lib/loss-words.ts';
import { quantity } from '../../lib/quantity.ts';
import { visible } from '../../lib/visible-text.ts';
import type { Column } from '../list/column.ts';
import { List } from '../list/list.tsx';
import { Filters, PageHead } from '../list/page-head.tsx';
import { Search } from '../list/search.tsx';
import { Empty } from '../list/states.tsx';
import { useFilters } from '../list/use-filters.ts';
import { useAccount } from '../shell/account.tsx';
import { Moment } from '../text/moment.tsx';
import { AddEndpoint } from './add-endpoint.tsx';
import { StateMark, stateWords } from './state.tsx';
import { useEndpoints } from './use-endpoints.ts';

const states: readonly EndpointState[] = ['alive', 'silent', 'never', 'revoked'];
const spec = { state: states, search: 'text', add: ['1'] } as const;

const columns: readonly Column<Endpoint>[] = [
  {
    key: 'name',
    label: 'Endpoint',
    track: 'minmax(0, 1fr)',
    primary: true,
    card: 'line',
    cell: endpoint => <strong>{visible(endpoint.name)}</strong>,
  },
  {
    key: 'state',
    label: 'State',
    track: '150px',
    cell: endpoint => <StateMark state={endpoint.state} isolated={endpoint.response?.isolation != null} />,
  },
  {
    key: 'seen',
    label: 'Last seen',
    track: '110px',
    card: 'labelled',
    cell: endpoint => (endpoint.lastSeenAt === null ? 'never' : <Moment at={endpoint.lastSeenAt} />),
  },
  {
    key: 'alerts',
    label: 'Open alerts',
    track: '90px',
    align: 'end',
    card: 'labelled',
    cell: endpoint => quantity(endpoint.openAlerts),
  },
  {
    key: 'lost',
    label: 'Lost',
    track: '80px',
    align: 'end',
    card: 'labelled',
    cell: endpoint => quantity(eventsLost(endpoint.losses)),
  },
  {
    key: 'version',
    label: 'Agent',
    track: '90px',
    card: 'labelled',
    cell: endpoint => visible(endpoint.agentVersion ?? '–'),
  },
  {
    key: 'added',
    label: 'Added',
    track: '100px',
    card: 'hidden',
    cell: endpoint => <Moment at={endpoint.createdAt} />,
  },
];

export function EndpointsPage() {
  const { isAdmin } = useAccount();
  const [filters, change] = useFilters(spec);
  const state = states.find(each => each === filters.state);
  const endpoints = useEndpoints({ search: filters.search, state });
  const [adding, dialog] = useDisclosure(filters.add !== undefined && isAdmin);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
      Add endpoint
    </Button>
  );
  return (
    <>
      <PageHead title="Endpoints" about="The hosts that Picket watches, and those it should watch but cannot.">
        {isAdmin && add}
      </PageHead>
      <Filters>
        <Search
          label="Search endpoints"
          value={filters.search ?? ''}
          onSearch={search => change({ search }, 'replace')}
        />
        <SegmentedControl
          size="xs"
          aria-label="State"
          data={[{ value: '', label: 'All' }, ...states.map(value => ({ value, label: stateWords[value] }))]}
          value={filters.state ?? ''}
          onChange={value => change({ state: value })}
        />
      </Filters>
      <List
        pages={endpoints}
        what="Endpoints"
        label="Endpoints"
        columns={columns}
        rowKey={endpoint => endpoint.id}
        rowLabel={endpoint => visible(endpoint.name)}
        href={endpoint => `/endpoints/${endpoint.id}`}
        tone={endpoint => (endpoint.state === 'revoked' ? 'quiet' : undefined)}
        empty={
          filters.search !== undefined || state !== undefined ? (
            <Empty
              title="No endpoint matches"
              action={
                <Button variant="default" onClick={() => change({ search: '', state: '' })}>
                  Show all endpoints
                </Button>
              }
            />
          ) : (
            <Empty title="No endpoint yet" action={isAdmin ? add : undefined}>
              {isAdmin
                ? 'Add the first host: you get its configuration file and the two commands that install the agent there.'
                : 'An administrator adds hosts here.'}
            </Empty>
          )
        }
      />
      <AddEndpoint
        opened={adding}
        onClose={() => {
          dialog.close();
          change({ add: '' }, 'replace');
        }}
      />
    </>
  );
}
