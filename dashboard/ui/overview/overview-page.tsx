'use client';

import { Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { type Overview, severities } from '../../lib/api.ts';
import { eventsLost } from '../../lib/loss-words.ts';
import { nextSteps } from '../../lib/next-steps.ts';
import { plural, quantity, rate } from '../../lib/quantity.ts';
import { answer, api } from '../../lib/request.ts';
import { SeverityMark } from '../alerts/severity.tsx';
import { PhaseMark } from '../baselines/phase.tsx';
import { StateMark } from '../endpoints/state.tsx';
import { PageHead } from '../list/page-head.tsx';
import { Failed, Loading } from '../list/states.tsx';
import { useAccount } from '../shell/account.tsx';
import { useNews } from '../shell/live.tsx';
import { Panel } from '../text/panel.tsx';
import { LatestAlerts } from './latest-alerts.tsx';
import styles from './overview.module.css';
import { Sparkline } from './sparkline.tsx';
import { useRates } from './use-rates.ts';

export function OverviewPage() {
  const client = useQueryClient();
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/overview', { signal })),
    refetchInterval: 2_000,
    staleTime: 0,
  });
  useNews('alert', () => client.invalidateQueries({ queryKey: ['overview'] }));
  return (
    <>
      <PageHead title="Overview" />
      {isPending ? (
        <Loading label="Loading the overview" />
      ) : data !== undefined ? (
        <Loaded overview={data} updatedAt={dataUpdatedAt} stale={error !== null} />
      ) : (
        <Failed what="The overview" error={error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Loaded({ overview, updatedAt, stale }: { overview: Overview; updatedAt: number; stale: boolean }) {
  const { isAdmin } = useAccount();
  const rates = useRates(overview.events?.perSecond, updatedAt);
  const { endpoints, alerts, events, baselines, losses } = overview;
  const toDo = alerts.open + alerts.inProgress;
  const lost = eventsLost(losses);
  const steps = nextSteps(overview, isAdmin);
  return (
    <>
      {stale && (
        <Text size="sm" mb="sm" role="status" className={styles.stale}>
          The server does not answer at the moment; these figures are the last that came.
        </Text>
      )}
      {steps.length > 0 && (
        <div className={styles.steps}>
          <Panel title="What to do next">
            <ol className={styles.stepList}>
              {steps.map(step => (
                <li key={step.text}>
                  {step.href === undefined ? step.text : <Link href={step.href}>{step.text}</Link>}
                  {step.command !== undefined && <code className={styles.code}>{step.command}</code>}
                </li>
              ))}
            </ol>
          </Panel>
        </div>
      )}
      <div className={styles.tiles}>
        <Tile href="/alerts" label="Alerts to do" value={quantity(toDo)}>
          {toDo === 0 ? (
            <span className={styles.quiet}>Nothing is waiting.</span>
          ) : (
            <ul className={styles.lines}>
              {severities
                .filter(severity => alerts.bySeverity[severity] > 0)
                .map(severity => (
                  <li key={severity}>
                    <SeverityMark severity={severity} /> {quantity(alerts.bySeverity[severity])}
                  </li>
                ))}
            </ul>
          )}
        </Tile>
        <Tile href="/endpoints" label="Endpoints alive" value={quantity(endpoints.alive)}>
          <ul className={styles.lines}>
            {(['silent', 'never', 'revoked'] as const)
              .filter(state => endpoints[state] > 0)
              .map(state => (
                <li key={state}>
                  <StateMark state={state} /> {quantity(endpoints[state])}
                </li>
              ))}
            {overview.blind > 0 && (
              <li>{overview.blind === 1 ? '1 host is blind' : `${quantity(overview.blind)} hosts are blind`}</li>
            )}
            <li className={styles.quiet}>
              {lost === 0 ? 'No event was lost.' : `${plural(lost, 'event')} lost, see the endpoints.`}
            </li>
          </ul>
        </Tile>
        <Tile href="/events" label="Events per second" value={events === null ? '–' : rate(events.perSecond)}>
          {events === null ? (
            <span className={styles.quiet}>The event store does not answer.</span>
          ) : (
            <>
              <Sparkline values={rates} />
              <span className={styles.quiet}>{plural(events.lastHour, 'event')} in the last hour</span>
            </>
          )}
        </Tile>
        <Tile href="/baselines" label="Programs enforced" value={quantity(baselines.enforced)}>
          <ul className={styles.lines}>
            {(['saturated', 'learning'] as const).map(phase => (
              <li key={phase}>
                <PhaseMark phase={phase} /> {quantity(baselines[phase])}
              </li>
            ))}
          </ul>
        </Tile>
      </div>
      <LatestAlerts />
    </>
  );
}

function Tile({ href, label, value, children }: { href: string; label: string; value: string; children: ReactNode }) {
  return (
    <section className={styles.tile} aria-label={label}>
      <h2 className={styles.label}>
        <Link href={href} className={styles.tileLink}>
          {label}
        </Link>
      </h2>
      <p className={styles.value}>{value}</p>
      {children}
    </section>
  );
}
