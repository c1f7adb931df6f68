import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './entrance.module.css';
import { Mark } from './mark.tsx';

/** The page before one is let in: one form in the middle. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <div className={styles.name}>
          <Mark size={28} /> Picket
        </div>
        <div className={styles.card}>
          <Title order={1} mb="md">
            {title}
          </Title>
          {children}
        </div>
      </div>
    </main>
  );
}
