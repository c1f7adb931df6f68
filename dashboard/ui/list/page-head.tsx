import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './page-head.module.css';

/** A page's title, what it is about in a few words, and its main actions. */
export function PageHead({ title, about, children }: { title: string; about?: ReactNode; children?: ReactNode }) {
  return (
    <div className={styles.head}>
      <div>
        <Title order={1}>{title}</Title>
        {about !== undefined && <p className={styles.about}>{about}</p>}
      </div>
      <div className={styles.actions}>{children}</div>
    </div>
  );
}

/** The row of filters above a list. */
export const Filters = ({ children }: { children: ReactNode }) => (
  <search className={styles.filters}>{children}</search>
);
