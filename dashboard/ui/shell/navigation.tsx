'use client';

import { VisuallyHidden } from '@mantine/core';
import {
  IconBell,
  IconChartDots3,
  IconDeviceDesktop,
  IconHistory,
  IconHome,
  IconTimeline,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { quantity } from '../../lib/quantity.ts';
import { answer, api } from '../../lib/request.ts';
import { useAccount } from './account.tsx';
import { AccountMenu } from './account-menu.tsx';
import styles from './frame.module.css';
import { type LiveState, useLiveState, useNews } from './live.tsx';
import { Mark } from './mark.tsx';

const places = [
  { href: '/', label: 'Overview', icon: IconHome },
  { href: '/alerts', label: 'Alerts', icon: IconBell },
  { href: '/events', label: 'Events', icon: IconTimeline },
  { href: '/endpoints', label: 'Endpoints', icon: IconDeviceDesktop },
  { href: '/baselines', label: 'Baselines', icon: IconChartDots3 },
];
const adminPlaces = [
  { href: '/users', label: 'Users', icon: IconUsers },
  { href: '/audit', label: 'Audit log', icon: IconHistory },
];

const stateWords: Readonly<Record<LiveState, string>> = {
  live: 'Live',
  connecting: 'Reconnecting…',
  resting: 'Resting',
};

export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const path = usePathname();
  const { isAdmin } = useAccount();
  const live = useLiveState();
  const open = useOpenAlerts();
  return (
    <nav className={styles.nav} aria-label="Main">
      <Link href="/" className={styles.brand} onClick={onNavigate}>
        <Mark /> Picket
      </Link>
      {[...places, ...(isAdmin ? adminPlaces : [])].map(({ href, label, icon: Icon }) => (
        <Link
          key={href}
          href={href}
          className={styles.link}
          onClick={onNavigate}
          aria-current={(href === '/' ? path === '/' : path.startsWith(href)) ? 'page' : undefined}
        >
          <Icon size={18} stroke={1.7} aria-hidden />
          {label}
          {href === '/alerts' && open > 0 && (
            <span className={styles.number}>
              {quantity(open)}
              <VisuallyHidden> open</VisuallyHidden>
            </span>
          )}
        </Link>
      ))}
      <div className={styles.foot}>
        <output className={styles.state}>
          <span className={styles.dot} data-state={live} aria-hidden />
          {stateWords[live]}
        </output>
        <AccountMenu />
      </div>
    </nav>
  );
}

function useOpenAlerts(): number {
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: ['alerts', 'summary'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/alerts/summary', { signal })),
    refetchInterval: 60_000,
  });
  useNews('alert', () => client.invalidateQueries({ queryKey: ['alerts', 'summary'] }));
  return data?.byStatus.open ?? 0;
}
