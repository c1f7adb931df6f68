'use client';

import { Button, Skeleton, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { failureText } from '../../lib/request.ts';
import styles from './states.module.css';

/** Grey lines where the rows will be. */
export function Loading({ rows = 8, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div className={styles.loading} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <Skeleton key={index} height={14} width={`${92 - ((index * 17) % 40)}%`} />
      ))}
    </div>
  );
}

/** What went wrong, and another try. */
export function Failed({ what, error, onRetry }: { what: string; error: unknown; onRetry: () => void }) {
  return (
    <div className={styles.state} role="alert">
      <IconAlertTriangle size={26} stroke={1.5} aria-hidden className={styles.warning} />
      <Title order={2}>{what} could not be loaded</Title>
      <Text size="sm" c="dimmed" maw={480}>
        {failureText(error)}
      </Text>
      <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

/** Nothing there: why, and what to do next. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.state}>
      <Title order={2}>{title}</Title>
      <Text component="div" size="sm" c="dimmed" maw={480}>
        {children}
      </Text>
      {action}
    </div>
  );
}
