'use client';

import { Alert, Anchor, Button, Group, Title } from '@mantine/core';
import { IconArrowLeft, IconBell, IconChartDots3, IconTimeline } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import type { Endpoint } from '../../lib/api.ts';
import { readHeartbeat } from '../../lib/heartbeat.ts';
import { bytes, percent, plural, quantity } from '../../lib/quantity.ts';
import { answer, api, Refusal } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { Empty, Failed, Loading } from '../list/states.tsx';
import { CommandsPanel } from '../response/commands-panel.tsx';
import { useHostActions } from '../response/respond.tsx';
import { useAccount } from '../shell/account.tsx';
import { useAnnouncement } from '../shell/live.tsx';
import { Facts } from '../text/facts.tsx';
import { Moment } from '../text/moment.tsx';
import { Panel } from '../text/panel.tsx';
import { Raw } from '../text/raw.tsx';
import { EndpointActions } from './actions.tsx';
import { BlindSpans } from './blind-spans.tsx';
import styles from './endpoint-page.module.css';
import { Losses } from './losses.tsx';
import { StateMark } from './state.tsx';

export function EndpointPage({ id }: { id: string }) {
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['endpoints', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/endpoints/{id}', { params: { path: { id } }, signal })),
    refetchInterval: 10_000,
  });
  useAnnouncement<Endpoint>('endpoint', endpoint => {
    if (endpoint.id === id) client.setQueryData(['endpoints', 'one', id], endpoint);
  });
  return (
    <>
      <Anchor component={Link} href="/endpoints" size="sm" className={styles.back}>
        <IconArrowLeft size={15} aria-hidden /> Endpoints
      </Anchor>
      {isPending ? (
        <Loading label="Loading the endpoint" />
      ) : data !== undefined ? (
        <Loaded endpoint={data} />
      ) : error instanceof Refusal && (error.status === 404 || error.reason === 'validation') ? (
        <Empty title="There is no such endpoint">It may have been removed.</Empty>
      ) : (
        <Failed what="The endpoint" error={error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Loaded({ endpoint }: { endpoint: Endpoint }) {
  const { isAdmin, mayRespond } = useAccount();
  const { menu, banner, dialogs } = useHostActions(endpoint, mayRespond);
  return (
    <>
      <div className={styles.head}>
        <Group gap="md">
          <Title order={1}>{visible(endpoint.name)}</Title>
          <StateMark state={endpoint.state} />
        </Group>
        <Group gap="xs">
          <Button
            component={Link}
            href={`/alerts?status=all&endpoint=${endpoint.id}`}
            variant="default"
            size="xs"
            leftSection={<IconBell size={15} aria-hidden />}
          >
            Alerts ({quantity(endpoint.openAlerts)} open)
          </Button>
          <Button
            component={Link}
            href={`/events?endpoint=${endpoint.id}`}
            variant="default"
            size="xs"
            leftSection={<IconTimeline size={15} aria-hidden />}
          >
            Events
          </Button>
          <Button
            component={Link}
            href={`/baselines?endpoint=${endpoint.id}`}
            variant="default"
            size="xs"
            leftSection={<IconChartDots3 size={15} aria-hidden />}
          >
            Baselines
          </Button>
          {menu}
          {isAdmin && <EndpointActions endpoint={endpoint} />}
        </Group>
      </div>
      {dialogs}
      {banner}
      {endpoint.refusal !== null && (
        <Alert color="red" title="What this endpoint sends is refused" mb="md" role="alert">
          {visible(endpoint.refusal.detail)}. Last refused <Moment at={endpoint.refusal.at} />; the agent keeps its
          events and sends them when they are taken again.
        </Alert>
      )}
      <div className={styles.panels}>
        <Panel title="Endpoint">
          <Facts
            facts={[
              ['Last seen', endpoint.lastSeenAt === null ? 'never' : <Moment key="seen" at={endpoint.lastSeenAt} />],
              ['Agent', visible(endpoint.agentVersion ?? 'not known yet')],
              ['Added', <Moment key="added" at={endpoint.createdAt} />],
              ['Key set', <Moment key="key" at={endpoint.keySetAt} />],
              ...(endpoint.revokedAt === null
                ? []
                : [['Revoked', <Moment key="revoked" at={endpoint.revokedAt} />] as const]),
              ['Id', <Raw key="id" text={endpoint.id} wrap />],
            ]}
          />
        </Panel>
        <Agent endpoint={endpoint} />
        <CommandsPanel endpoint={endpoint} />
        <BlindSpans endpoint={endpoint.id} />
        <Losses losses={endpoint.losses} />
        <Hooks endpoint={endpoint} />
      </div>
    </>
  );
}

function Agent({ endpoint }: { endpoint: Endpoint }) {
  if (endpoint.heartbeat === null) {
    return (
      <Panel title="Heartbeat">
        <p className={styles.quiet}>The agent tells how it is every ten seconds. Nothing has been heard yet.</p>
      </Panel>
    );
  }
  const beat = readHeartbeat(endpoint.heartbeat, endpoint.heartbeatAt);
  const shown = (value: number | undefined, how: (value: number) => string) =>
    value === undefined ? 'not told' : how(value);
  return (
    <Panel
      title="Heartbeat"
      aside={
        endpoint.heartbeatAt === null ? undefined : (
          <span className={styles.quiet}>
            <Moment at={endpoint.heartbeatAt} />
          </span>
        )
      }
    >
      <Facts
        facts={[
          ['Host', visible(beat.hostname ?? 'not told')],
          [
            'System',
            visible(
              [beat.os, beat.kernel, beat.architecture].filter(part => part !== undefined).join(', ') || 'not told',
            ),
          ],
          ['Agent CPU', shown(beat.cpuShare, share => `${percent(share)} of one processor`)],
          ['Agent memory', shown(beat.rssBytes, bytes)],
          ['Events seen', shown(beat.eventsSeen, quantity)],
          [
            'Waiting in spool',
            shown(beat.spoolBatches, batches =>
              batches === 0 ? 'nothing' : `${plural(batches, 'batch', 'batches')}, ${bytes(beat.spoolBytes ?? 0)}`,
            ),
          ],
        ]}
      />
    </Panel>
  );
}

function Hooks({ endpoint }: { endpoint: Endpoint }) {
  const { hooks, fallbacks } = readHeartbeat(endpoint.heartbeat ?? {}, endpoint.heartbeatAt);
  if (hooks.length === 0) return null;
  const missing = hooks.filter(hook => !hook.attached).length;
  return (
    <Panel
      title="Kernel hooks"
      aside={
        <span className={styles.quiet}>
          {missing === 0 ? 'all attached' : `${missing} of ${hooks.length} not attached`}
        </span>
      }
    >
      <ul className={styles.hooks}>
        {hooks.map(hook => (
          <li key={hook.name} data-attached={hook.attached}>
            <Raw text={hook.name} wrap />
            <span>{hook.attached ? 'attached' : 'not attached'}</span>
            {hook.reason !== '' && <p>{visible(hook.reason)}</p>}
          </li>
        ))}
      </ul>
      {fallbacks.length > 0 && (
        <p className={styles.quiet}>On this kernel: {fallbacks.map(words => visible(words)).join('; ')}.</p>
      )}
    </Panel>
  );
}
