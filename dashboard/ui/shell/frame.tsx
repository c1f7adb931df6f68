'use client';

import { Burger, Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { Account } from '../../lib/api.ts';
import { AccountProvider } from './account.tsx';
import styles from './frame.module.css';
import { LiveProvider } from './live.tsx';
import { Mark } from './mark.tsx';
import { Navigation } from './navigation.tsx';

/** Navigation at the side (on a phone in a drawer), the page beside it. */
export function Frame({ account, children }: { account: Account; children: ReactNode }) {
  const [open, drawer] = useDisclosure(false);
  return (
    <AccountProvider value={account}>
      <LiveProvider>
        <a href="#content" className={styles.skip}>
          Skip to content
        </a>
        <div className={styles.frame}>
          <header className={styles.top}>
            <Burger opened={open} onClick={drawer.toggle} size="sm" aria-label="Navigation" aria-expanded={open} />
            <Link href="/" className={styles.brand}>
              <Mark /> Picket
            </Link>
          </header>
          <div className={styles.side}>
            <Navigation />
          </div>
          <Drawer.Root opened={open} onClose={drawer.close} size={264} padding={0}>
            <Drawer.Overlay />
            <Drawer.Content aria-label="Navigation">
              <Navigation onNavigate={drawer.close} />
            </Drawer.Content>
          </Drawer.Root>
          <main id="content" tabIndex={-1} className={styles.content}>
            {children}
          </main>
        </div>
      </LiveProvider>
    </AccountProvider>
  );
}
