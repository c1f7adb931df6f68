'use client';

import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import Link from 'next/link';
import { useState } from 'react';
import type { Event } from '../../lib/api.ts';
import { kindWords } from '../../lib/event-words.ts';
import { plural } from '../../lib/quantity.ts';
import { useKeys } from '../list/keys.ts';
import { List } from '../list/list.tsx';
import { PageHead } from '../list/page-head.tsx';
import { Shortcuts } from '../list/shortcuts.tsx';
import { Empty } from '../list/states.tsx';
import { useFilters } from '../list/use-filters.ts';
import { eventColumns } from './columns.tsx';
import { EventDetails } from './event-details.tsx';
import { EventFilterBar } from './event-filters.tsx';
import styles from './events.module.css';
import { eventFilterSpec } from './filters.ts';
import { eventKey, useEvents } from './use-events.ts';

const keys = [
  ['p', 'pause or go on'],
  ['j', 'next event'],
  ['k', 'previous event'],
  ['Enter', 'show all of the event'],
  ['/', 'search'],
] as const;

export function EventsPage() {
  const [filters, change] = useFilters(eventFilterSpec);
  const [paused, setPaused] = useState(false);
  const [shown, setShown] = useState<Event>();
  // A search that ends in the past has nothing to wait for.
  const live = filters.to === undefined;
  const { pages, waiting, dropped, connected } = useEvents(filters, live, paused || shown !== undefined);
  useKeys({ p: () => setPaused(current => !current) });
  const narrowed = Object.keys(filters).length > 0;

  return (
    <>
      <PageHead
        title="Events"
        about={
          live ? <State paused={paused} connected={connected} dropped={dropped} /> : 'Stored events, newest first.'
        }
      >
        <Shortcuts keys={keys} />
      </PageHead>
      <EventFilterBar filters={filters} change={change}>
        {live && (
          <Button
            variant={paused ? 'filled' : 'default'}
            size="sm"
            leftSection={paused ? <IconPlayerPlay size={15} aria-hidden /> : <IconPlayerPause size={15} aria-hidden />}
            onClick={() => setPaused(!paused)}
          >
            {paused ? (waiting > 0 ? `Go on (${plural(waiting, 'new event')})` : 'Go on') : 'Pause'}
          </Button>
        )}
      </EventFilterBar>
      <div className={styles.list}>
        <List
          pages={pages}
          what="Events"
          label="Events"
          dense
          columns={eventColumns}
          rowKey={eventKey}
          rowLabel={event => kindWords[event.kind]}
          onOpen={setShown}
          empty={
            narrowed ? (
              <Empty
                title="No event matches"
                action={
                  <Button variant="default" component={Link} href="/events">
                    Clear all filters
                  </Button>
                }
              >
                {live ? 'What comes from now on and matches appears here by itself.' : 'Try a longer span of time.'}
              </Empty>
            ) : (
              <Empty
                title="No event yet"
                action={
                  <Button variant="default" component={Link} href="/endpoints">
                    See endpoints
                  </Button>
                }
              >
                Events appear here within a second of happening, once an agent runs on a host.
              </Empty>
            )
          }
        />
      </div>
      <EventDetails event={shown} onClose={() => setShown(undefined)} />
    </>
  );
}

function State({ paused, connected, dropped }: { paused: boolean; connected: boolean; dropped: number }) {
  const missed = dropped > 0 ? ` ${plural(dropped, 'event')} came too fast to show; all of them are stored.` : '';
  if (paused) return <>Paused. What comes waits.{missed}</>;
  return connected ? <>Live, newest first.{missed}</> : <>Stored events; connecting to the live stream…</>;
}
