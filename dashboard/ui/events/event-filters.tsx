'use client';

import { Button, Collapse, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { kindWords } from '../../lib/event-words.ts';
import { visible } from '../../lib/visible-text.ts';
import { useEndpoints } from '../endpoints/use-endpoints.ts';
import { Filters } from '../list/page-head.tsx';
import { Search } from '../list/search.tsx';
import type { Change } from '../list/use-filters.ts';
import styles from './events.module.css';
import { type EventFilters, eventKinds } from './filters.ts';

export function EventFilterBar({
  filters,
  change,
  children,
}: {
  filters: EventFilters;
  change: Change;
  children: ReactNode;
}) {
  const rare = ['program', 'path', 'address', 'user', 'unit', 'container', 'hash', 'execId', 'from', 'to'] as const;
  const set = rare.filter(name => filters[name] !== undefined).length;
  const [open, more] = useDisclosure(set > 0);
  const { items: endpoints } = useEndpoints({});
  return (
    <>
      <Filters>
        <Search
          label="Search events"
          placeholder="Path, program, argument, address"
          value={filters.search ?? ''}
          onSearch={search => change({ search }, 'replace')}
        />
        <NativeSelect
          aria-label="Endpoint"
          maw={260}
          size="sm"
          value={filters.endpoint ?? ''}
          data={[
            { value: '', label: 'All endpoints' },
            ...endpoints.map(({ id, name }) => ({ value: id, label: visible(name) })),
            ...(filters.endpoint === undefined || endpoints.some(({ id }) => id === filters.endpoint)
              ? []
              : [{ value: filters.endpoint, label: 'One endpoint' }]),
          ]}
          onChange={event => change({ endpoint: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label="Kind"
          size="sm"
          value={filters.kind ?? ''}
          data={[{ value: '', label: 'All kinds' }, ...eventKinds.map(value => ({ value, label: kindWords[value] }))]}
          onChange={event => change({ kind: event.currentTarget.value })}
        />
        <Button
          variant="default"
          size="sm"
          leftSection={<IconAdjustmentsHorizontal size={15} aria-hidden />}
          aria-expanded={open}
          onClick={more.toggle}
        >
          {set === 0 ? 'More filters' : `More filters (${set})`}
        </Button>
        {children}
      </Filters>
      <Collapse expanded={open}>
        {open && (
          <div className={styles.rare}>
            <Typed name="program" label="Program" hint="/usr/bin/*" filters={filters} change={change} />
            <Typed name="path" label="Path" hint="/etc/*" filters={filters} change={change} />
            <Typed name="address" label="IP address" hint="192.0.2.7" filters={filters} change={change} />
            <Typed name="user" label="User" hint="root" filters={filters} change={change} />
            <Typed name="unit" label="Unit" hint="ssh.service" filters={filters} change={change} />
            <Typed name="container" label="Container" hint="id or name" filters={filters} change={change} />
            <Typed name="hash" label="SHA-256" hint="64 hex digits" filters={filters} change={change} />
            <Typed name="execId" label="Exec id" hint="boot:pid:start" filters={filters} change={change} />
            <Typed name="from" label="From" type="datetime-local" filters={filters} change={change} />
            <Typed name="to" label="To" type="datetime-local" filters={filters} change={change} />
            <Button variant="subtle" size="xs" onClick={() => change(Object.fromEntries(rare.map(name => [name, ''])))}>
              Clear these
            </Button>
          </div>
        )}
      </Collapse>
    </>
  );
}

interface TypedProps {
  readonly name: keyof EventFilters;
  readonly label: string;
  readonly hint?: string;
  readonly type?: 'text' | 'datetime-local';
  readonly filters: EventFilters;
  readonly change: Change;
}

function Typed({ name, label, hint, type = 'text', filters, change }: TypedProps) {
  const value = filters[name] ?? '';
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const apply = useDebouncedCallback((next: string) => change({ [name]: next.trim() }, 'replace'), 350);
  return (
    <TextInput
      size="xs"
      type={type}
      label={label}
      placeholder={hint}
      value={text}
      onChange={event => {
        setText(event.currentTarget.value);
        apply(event.currentTarget.value);
      }}
    />
  );
}
