'use client';

import { Anchor, Badge, Button, Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconArrowLeft, IconTimeline } from '@tabler/icons-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import type { AlertDetail } from '../../lib/api.ts';
import { techniqueName, techniqueUrl } from '../../lib/attack-technique.ts';
import { isBlindness } from '../../lib/blind-words.ts';
import { plural } from '../../lib/quantity.ts';
import { Refusal } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { lastVisit } from '../alerts/last-visit.ts';
import { SeverityMark } from '../alerts/severity.tsx';
import { BlindSpans } from '../endpoints/blind-spans.tsx';
import { useKeys } from '../list/keys.ts';
import { Shortcuts } from '../list/shortcuts.tsx';
import { Empty, Failed, Loading } from '../list/states.tsx';
import { AlertResponse } from '../response/alert-response.tsx';
import { useAccount } from '../shell/account.tsx';
import { Facts } from '../text/facts.tsx';
import { Moment } from '../text/moment.tsx';
import { Panel } from '../text/panel.tsx';
import { Raw } from '../text/raw.tsx';
import styles from './alert-page.module.css';
import { Ancestry } from './ancestry.tsx';
import { SeenAndUsual } from './evidence.tsx';
import { Findings } from './findings.tsx';
import { History } from './history.tsx';
import { Triage } from './triage.tsx';
import { useAlert } from './use-alert.ts';

const keys = [
  ['c', 'close with a verdict'],
  ['a', 'assign to me'],
  ['o', 'reopen a closed alert'],
  ['m', 'write a comment'],
  ['k', 'kill the process (responders)'],
  ['u', 'back to the alerts'],
] as const;

export function AlertPage({ id }: { id: string }) {
  const { data: alert, error, isPending, refetch } = useAlert(id);
  const router = useRouter();
  useKeys({ u: () => router.push(lastVisit.address) });
  useEffect(() => {
    lastVisit.alert = id;
  }, [id]);
  useDocumentTitle(alert === undefined ? 'Alert · Picket' : `${visible(alert.title)} · Picket`);
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Anchor component={Link} href={lastVisit.address} size="sm" className={styles.back}>
          <IconArrowLeft size={15} aria-hidden /> Alerts
        </Anchor>
        <Shortcuts keys={keys} />
      </Group>
      {isPending ? (
        <Loading label="Loading the alert" />
      ) : alert !== undefined ? (
        <Loaded alert={alert} />
      ) : error instanceof Refusal && (error.status === 404 || error.reason === 'validation') ? (
        <Empty title="There is no such alert">Its endpoint may have been removed, and its alerts with it.</Empty>
      ) : (
        <Failed what="The alert" error={error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Loaded({ alert }: { alert: AlertDetail }) {
  const { mayRespond } = useAccount();
  // An alert about the sensor itself has no process where nobody knows who did it: its pid is 0.
  const hasProcess = alert.execId.split(':')[1] !== '0';
  const events = `/events?endpoint=${alert.endpoint.id}&execId=${encodeURIComponent(alert.execId)}`;
  return (
    <>
      <header className={styles.head}>
        <Group gap="sm" mb={6}>
          <SeverityMark severity={alert.severity} />
          <Title order={1}>{visible(alert.title)}</Title>
        </Group>
        <p className={styles.reason}>{visible(alert.evidence.reason)}</p>
        <Techniques ids={alert.techniques} />
      </header>
      <div className={styles.columns}>
        <div className={styles.main}>
          <SeenAndUsual evidence={alert.evidence} ofSensor={alert.detector.startsWith('sensor.')} />
          {isBlindness(alert.detector) && <BlindSpans endpoint={alert.endpoint.id} detector={alert.detector} />}
          <Panel
            title="Process ancestry"
            aside={
              hasProcess && (
                <Button
                  component={Link}
                  href={events}
                  variant="default"
                  size="xs"
                  leftSection={<IconTimeline size={15} aria-hidden />}
                >
                  All events of this process
                </Button>
              )
            }
          >
            {hasProcess ? (
              <Ancestry ancestry={alert.evidence.ancestry} endpoint={alert.endpoint.id} />
            ) : (
              <Text size="sm" c="dimmed">
                No process is known to have done this.
              </Text>
            )}
          </Panel>
          <Findings id={alert.id} total={alert.count} />
        </div>
        <div className={styles.side}>
          <Triage alert={alert} />
          {mayRespond && <AlertResponse alert={alert} />}
          <Panel title="About">
            <Facts
              facts={[
                [
                  'Endpoint',
                  <Anchor key="endpoint" component={Link} href={`/endpoints/${alert.endpoint.id}`} size="sm">
                    {visible(alert.endpoint.name)}
                  </Anchor>,
                ],
                ['Program', <Raw key="program" text={alert.program} wrap />],
                ['Deviation', <Raw key="deviation" text={alert.deviation} wrap />],
                ['Seen', plural(alert.count, 'time')],
                ['First', <Moment key="first" at={alert.firstSeenAt} />],
                ['Last', <Moment key="last" at={alert.lastSeenAt} />],
                ['Detector', <Raw key="detector" text={alert.detector} wrap />],
              ]}
            />
          </Panel>
          <History id={alert.id} />
        </div>
      </div>
    </>
  );
}

function Techniques({ ids }: { ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <ul className={styles.techniques} aria-label="ATT&CK techniques">
      {ids.map(id => {
        const name = techniqueName(id);
        const url = techniqueUrl(id);
        const text = name === '' ? visible(id) : `${id} ${name}`;
        return (
          <li key={id}>
            {url === undefined ? (
              <Badge variant="default">{text}</Badge>
            ) : (
              <Anchor href={url} target="_blank" rel="noreferrer" className={styles.technique}>
                {text}
              </Anchor>
            )}
          </li>
        );
      })}
    </ul>
  );
}
