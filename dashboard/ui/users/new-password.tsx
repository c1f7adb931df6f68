import { Button, CopyButton, Group, Stack, Text } from '@mantine/core';
import styles from './users.module.css';

/** A password that was made for somebody, shown this once. */
export function NewPassword({ name, password, onDone }: { name: string; password: string; onDone: () => void }) {
  return (
    <Stack gap="md">
      <Text size="sm">
        Give this password to {name} on a safe way. It is shown only now, and has to be changed at the first login.
      </Text>
      <Group justify="space-between" className={styles.password}>
        <code data-testid="new-password">{password}</code>
        <CopyButton value={password}>
          {({ copied, copy }) => (
            <Button variant="default" size="xs" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Group justify="flex-end">
        <Button onClick={onDone}>Done</Button>
      </Group>
    </Stack>
  );
}
