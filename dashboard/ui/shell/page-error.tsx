'use client';

import { Button, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import styles from '../list/states.module.css';

/** Something in a page broke: it says so, and the rest of the dashboard stays usable. */
export function PageError({ error, reset }: { error: Error; reset: () => void }) {
  useEffect(() => console.error(error), [error]);
  return (
    <div className={styles.state} role="alert">
      <Title order={1}>This page broke</Title>
      <Text size="sm" c="dimmed" maw={480}>
        That is a mistake in Picket. The browser's console holds the details. Nothing that you saved before is lost.
      </Text>
      <Button variant="default" onClick={reset}>
        Try again
      </Button>
    </div>
  );
}
