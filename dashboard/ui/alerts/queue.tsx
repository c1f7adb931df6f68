'use client';

import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArrowUp } from '@tabler/icons-react';
import Link from 'next/link';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type AlertFilters, alertFilterSpec, isNarrowed } from '../../lib/alert-query.ts';
import type { Alert } from '../../lib/api.ts';
import { changeFilters } from '../../lib/filters.ts';
import { plural } from '../../lib/quantity.ts';
import { visible } from '../../lib/visible-text.ts';
import { useKeys } from '../list/keys.ts';
import { List } from '../list/list.tsx';
import { PageHead } from '../list/page-head.tsx';
import { Shortcuts } from '../list/shortcuts.tsx';
import { Empty } from '../list/states.tsx';
import { type Change, useFilters } from '../list/use-filters.ts';
import { useAccount } from '../shell/account.tsx';
import { CloseDialog } from './close-dialog.tsx';
import { alertColumns } from './columns.tsx';
import { lastVisit } from './last-visit.ts';
import styles from './queue.module.css';
import { QueueFilters } from './queue-filters.tsx';
import { useQueue } from './use-queue.ts';

const keys = [
  ['j', 'next alert'],
  ['k', 'previous alert'],
  ['Enter', 'open the alert'],
  ['x', 'select or unselect'],
  ['c', 'close the selected alerts, or the one with the focus'],
  ['n', 'show the new alerts'],
  ['/', 'search'],
] as const;

export function Queue() {
  const { mayTriage } = useAccount();
  const [filters, change] = useFilters(alertFilterSpec);
  const place = useRef<HTMLElement>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<Alert>();
  const [closing, setClosing] = useState<readonly Alert[]>([]);
  const [dialog, setDialog] = useState(false);

  const mayInsert = useCallback(() => {
    const list = place.current;
    if (list === null || window.scrollY > 80 || selected.size > 0 || dialog) return false;
    return !list.matches(':hover') && !list.contains(document.activeElement);
  }, [selected, dialog]);
  const { pages, fresh, waiting, show } = useQueue(filters, mayInsert);
  const [startAt] = useState(lastVisit.alert);
  useEffect(() => {
    lastVisit.address = `/alerts${changeFilters(new URLSearchParams(), filters)}`;
  }, [filters]);

  const showNew = () => {
    show();
    window.scrollTo({ top: 0 });
  };
  const startClosing = () => {
    const chosen =
      selected.size > 0 ? pages.items.filter(alert => selected.has(alert.id)) : active === undefined ? [] : [active];
    const unfinished = chosen.filter(alert => alert.status !== 'closed');
    if (!mayTriage || unfinished.length === 0) return;
    setClosing(unfinished);
    setDialog(true);
  };
  useKeys({ c: startClosing, ...(waiting > 0 ? { n: showNew } : {}) });

  const selection = {
    keys: selected,
    toggle: (id: string) => setSelected(current => toggled(current, id)),
    toggleAll: () =>
      setSelected(current => (current.size > 0 ? new Set() : new Set(pages.items.map(alert => alert.id)))),
  };
  const sorting = {
    by: filters.sort ?? 'lastSeen',
    order: filters.order === 'asc' ? ('asc' as const) : ('desc' as const),
    change: (sort: string) =>
      change({ sort, order: sort === (filters.sort ?? 'lastSeen') && filters.order !== 'asc' ? 'asc' : 'desc' }),
  };

  return (
    <>
      <PageHead title="Alerts" about="What was not normal, one line for each deviation however often it happened.">
        <Shortcuts keys={keys} />
      </PageHead>
      <QueueFilters filters={filters} change={change} />
      <div aria-live="polite" className={styles.arrivals}>
        {waiting > 0 && (
          <Button size="xs" leftSection={<IconArrowUp size={14} aria-hidden />} onClick={showNew}>
            {plural(waiting, 'new alert')}
          </Button>
        )}
      </div>
      {selected.size > 0 && (
        <Group className={styles.bulk} gap="sm">
          <Text size="sm">{plural(selected.size, 'alert')} selected</Text>
          <Button size="xs" onClick={startClosing}>
            Close selected
          </Button>
          <Button size="xs" variant="subtle" onClick={() => setSelected(new Set())}>
            Unselect
          </Button>
        </Group>
      )}
      <section ref={place} aria-label="Alert queue">
        <List
          pages={pages}
          what="Alerts"
          label="Alerts"
          columns={alertColumns}
          rowKey={alert => alert.id}
          rowLabel={alert => visible(alert.title)}
          href={alert => `/alerts/${alert.id}`}
          tone={alert => (alert.status === 'closed' ? 'quiet' : fresh.has(alert.id) ? 'new' : undefined)}
          sorting={sorting}
          startAt={startAt}
          onActive={setActive}
          {...(mayTriage ? { selection } : {})}
          empty={<NoAlerts filters={filters} change={change} />}
        />
      </section>
      <CloseDialog
        alerts={closing}
        opened={dialog}
        onClose={() => setDialog(false)}
        onDone={() => {
          notifications.show({ message: `${plural(closing.length, 'alert')} closed.` });
          setDialog(false);
          setSelected(new Set());
        }}
      />
    </>
  );
}

function NoAlerts({ filters, change }: { filters: AlertFilters; change: Change }) {
  if (isNarrowed(filters)) {
    const none = Object.fromEntries(Object.keys(filters).map(name => [name, undefined]));
    return (
      <Empty
        title="No alert matches these filters"
        action={
          <Button variant="default" onClick={() => change(none)}>
            Clear all filters
          </Button>
        }
      >
        Closed alerts are under “Closed” and “All”.
      </Empty>
    );
  }
  return (
    <Empty
      title="Nothing to do"
      action={
        <Button component={Link} href="/endpoints" variant="default">
          See endpoints
        </Button>
      }
    >
      No alert is open. Rules watch from the first second; deviations from normal are reported once a program has been
      learned. To see one now, run <code>npm run simulate</code> on a host with an agent: it performs harmless attacks
      and cleans up.
    </Empty>
  );
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}
