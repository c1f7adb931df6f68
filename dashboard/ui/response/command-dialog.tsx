'use client';

import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Command } from '../../lib/api.ts';
import { isOpen } from '../../lib/command-words.ts';
import { failureText } from '../../lib/request.ts';
import { CommandResult } from './command-result.tsx';
import { CommandStateMark } from './command-state.tsx';
import styles from './response.module.css';
import { useCommands } from './use-commands.ts';

interface CommandDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly endpoint: string;
  /** Of the button that gives the command. */
  readonly label: string;
  readonly danger?: boolean;
  readonly give: () => Promise<Command>;
  /** What will happen, and what has to be said for it. */
  readonly children: ReactNode;
}

/** Asks before it gives a command, then shows how far it is and what came of it; closing the dialog stops nothing. */
export function CommandDialog({ opened, onClose, title, ...content }: CommandDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Content onClose={onClose} {...content} />
    </Modal>
  );
}

function Content({
  onClose,
  endpoint,
  label,
  danger = false,
  give,
  children,
}: Omit<CommandDialogProps, 'opened' | 'title'>) {
  const client = useQueryClient();
  const [given, setGiven] = useState<Command>();
  const order = useMutation({
    mutationFn: give,
    async onSuccess(command) {
      setGiven(command);
      await client.invalidateQueries({ queryKey: ['commands', endpoint] });
    },
  });
  if (given !== undefined) return <Progress command={given} endpoint={endpoint} onClose={onClose} />;
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        order.mutate();
      }}
    >
      <Stack gap="md">
        {children}
        {order.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {failureText(order.error)}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={order.isPending} {...(danger ? { color: 'red' } : {})}>
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Progress({ command, endpoint, onClose }: { command: Command; endpoint: string; onClose: () => void }) {
  const { data } = useCommands(endpoint);
  const now = data?.items.find(({ id }) => id === command.id) ?? command;
  return (
    <Stack gap="md">
      <div className={styles.progress} role="status">
        <CommandStateMark state={now.state} />
        {isOpen(now.state) ? (
          <p className={styles.quiet}>
            An agent that is connected asks within seconds. You may close this: the endpoint's page shows what comes of
            it.
          </p>
        ) : (
          <CommandResult command={now} />
        )}
      </div>
      <Group justify="flex-end">
        <Button variant="default" data-autofocus onClick={onClose}>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
