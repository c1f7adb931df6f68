'use client';

import { ActionIcon, Button, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { User } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import type { Column } from '../list/column.ts';
import { List } from '../list/list.tsx';
import { Filters, PageHead } from '../list/page-head.tsx';
import { Search } from '../list/search.tsx';
import { Empty } from '../list/states.tsx';
import { useFilters } from '../list/use-filters.ts';
import { usePages } from '../list/use-pages.ts';
import { useAccount } from '../shell/account.tsx';
import { Moment } from '../text/moment.tsx';
import { AddUser } from './add-user.tsx';
import { type UserAction, UserDialog } from './user-dialog.tsx';

const spec = { search: 'text' } as const;

export function UsersPage() {
  const { account } = useAccount();
  const [filters, change] = useFilters(spec);
  const [adding, dialog] = useDisclosure(false);
  const [chosen, setChosen] = useState<{ readonly user: User; readonly action: UserAction }>();
  const users = usePages<User>(['users', filters.search], (cursor, signal) =>
    answer(api.GET('/api/v1/users', { params: { query: { search: filters.search, cursor, limit: 100 } }, signal })),
  );
  const columns: readonly Column<User>[] = [
    {
      key: 'name',
      label: 'Name',
      track: 'minmax(0, 1fr)',
      card: 'line',
      cell: user => (
        <>
          <strong>{visible(user.name)}</strong>
          {user.id === account.id && ' (you)'}
        </>
      ),
    },
    { key: 'email', label: 'Mail address', track: 'minmax(0, 1fr)', card: 'line', cell: user => visible(user.email) },
    { key: 'role', label: 'Role', track: '96px', cell: user => user.role },
    {
      key: 'state',
      label: 'State',
      track: '150px',
      cell: user => (user.disabled ? 'Disabled' : user.mustChangePassword ? 'Has not logged in' : 'Enabled'),
    },
    {
      key: 'login',
      label: 'Last login',
      track: '110px',
      card: 'labelled',
      cell: user => (user.lastLoginAt === null ? 'never' : <Moment at={user.lastLoginAt} />),
    },
    {
      key: 'actions',
      label: 'Actions',
      track: '60px',
      align: 'end',
      cell: user => (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${visible(user.name)}`}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setChosen({ user, action: 'edit' })}>Edit…</Menu.Item>
            <Menu.Item onClick={() => setChosen({ user, action: 'password' })}>New password…</Menu.Item>
            <Menu.Item onClick={() => setChosen({ user, action: user.disabled ? 'enable' : 'disable' })}>
              {user.disabled ? 'Enable…' : 'Disable…'}
            </Menu.Item>
            <Menu.Item onClick={() => setChosen({ user, action: 'delete' })}>Delete…</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ),
    },
  ];
  return (
    <>
      <PageHead
        title="Users"
        about="Viewers read, analysts also triage alerts, responders also act on hosts, admins also manage endpoints and users."
      >
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
          Add user
        </Button>
      </PageHead>
      <Filters>
        <Search label="Search users" value={filters.search ?? ''} onSearch={search => change({ search }, 'replace')} />
      </Filters>
      <List
        pages={users}
        what="Users"
        label="Users"
        columns={columns}
        rowKey={user => user.id}
        rowLabel={user => visible(user.name)}
        tone={user => (user.disabled ? 'quiet' : undefined)}
        empty={<Empty title="No user matches">Search by name or mail address.</Empty>}
      />
      <AddUser opened={adding} onClose={dialog.close} />
      <UserDialog chosen={chosen} onClose={() => setChosen(undefined)} />
    </>
  );
}
