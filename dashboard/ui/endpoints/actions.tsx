'use client';

import { Alert, Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Endpoint, EndpointWithConfiguration } from '../../lib/api.ts';
import { answer, api, failureText } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { Install } from './install.tsx';
import { addressOf, ServerAddress } from './server-address.tsx';

type Action = 'rename' | 'rotate' | 'revoke' | 'remove';

const titles: Readonly<Record<Action, string>> = {
  rename: 'Rename endpoint',
  rotate: 'Make a new key',
  revoke: 'Revoke the key',
  remove: 'Remove endpoint',
};

/** What an administrator does to an endpoint; what cannot be undone asks first and says what will happen. */
export function EndpointActions({ endpoint }: { endpoint: Endpoint }) {
  const [action, setAction] = useState<Action>();
  const [rotated, setRotated] = useState<EndpointWithConfiguration>();
  const close = () => {
    setAction(undefined);
    setRotated(undefined);
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" size="xs" rightSection={<IconChevronDown size={14} aria-hidden />}>
            Manage
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAction('rename')}>Rename…</Menu.Item>
          <Menu.Item onClick={() => setAction('rotate')}>New key…</Menu.Item>
          {endpoint.revokedAt === null && <Menu.Item onClick={() => setAction('revoke')}>Revoke key…</Menu.Item>}
          <Menu.Divider />
          <Menu.Item onClick={() => setAction('remove')}>Remove…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={action !== undefined}
        onClose={close}
        size={rotated === undefined ? 'md' : 'lg'}
        closeOnClickOutside={rotated === undefined}
        title={rotated === undefined ? (action === undefined ? '' : titles[action]) : 'Install the new key'}
      >
        {rotated !== undefined ? (
          <Install endpoint={rotated.endpoint} configuration={rotated.configuration} onDone={close} />
        ) : action === 'rename' ? (
          <Rename endpoint={endpoint} onDone={close} />
        ) : action !== undefined ? (
          <Confirm action={action} endpoint={endpoint} onDone={close} onRotated={setRotated} />
        ) : null}
      </Modal>
    </>
  );
}

function Rename({ endpoint, onDone }: { endpoint: Endpoint; onDone: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(endpoint.name);
  const rename = useMutation({
    mutationFn: () =>
      answer(
        api.PATCH('/api/v1/endpoints/{id}', { params: { path: { id: endpoint.id } }, body: { name: name.trim() } }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['endpoints'] });
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') rename.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          data-autofocus
          maxLength={120}
          value={name}
          error={rename.error === null ? undefined : failureText(rename.error)}
          onChange={event => setName(event.currentTarget.value)}
        />
        <Buttons busy={rename.isPending} onCancel={onDone} label="Rename" />
      </Stack>
    </form>
  );
}

interface ConfirmProps {
  readonly action: Exclude<Action, 'rename'>;
  readonly endpoint: Endpoint;
  readonly onDone: () => void;
  readonly onRotated: (rotated: EndpointWithConfiguration) => void;
}

function Confirm({ action, endpoint, onDone, onRotated }: ConfirmProps) {
  const client = useQueryClient();
  const router = useRouter();
  const params = { path: { id: endpoint.id } };
  const name = visible(endpoint.name);
  const [server, setServer] = useState('');
  const act = useMutation({
    mutationFn: async () => {
      if (action === 'rotate')
        return onRotated(
          await answer(api.POST('/api/v1/endpoints/{id}/rotate-key', { params, body: addressOf(server) })),
        );
      if (action === 'revoke') await answer(api.POST('/api/v1/endpoints/{id}/revoke', { params }));
      else await answer(api.DELETE('/api/v1/endpoints/{id}', { params }));
      notifications.show({ message: action === 'revoke' ? `The key of ${name} is revoked.` : `${name} is removed.` });
      onDone();
      if (action === 'remove') router.push('/endpoints');
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['endpoints'] }),
  });
  const words: Readonly<Record<ConfirmProps['action'], ReactNode>> = {
    rotate: `The key that ${name} uses now stops working within seconds. Its agent is heard again once the new configuration file is installed.`,
    revoke: `${name} cannot submit any more, and Picket is blind there. A new key brings it back.`,
    remove: `${name}, its alerts with their history and what was learned about its programs are deleted. Its events stay until they expire. This cannot be undone.`,
  };
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        act.mutate();
      }}
    >
      <Stack gap="md">
        <Text size="sm">{words[action]}</Text>
        {action === 'rotate' && <ServerAddress value={server} onChange={setServer} />}
        {act.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {failureText(act.error)}
          </Alert>
        )}
        <Buttons busy={act.isPending} onCancel={onDone} label={titles[action]} danger={action !== 'rotate'} />
      </Stack>
    </form>
  );
}

function Buttons({
  busy,
  onCancel,
  label,
  danger = false,
}: {
  busy: boolean;
  onCancel: () => void;
  label: string;
  danger?: boolean;
}) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={busy} {...(danger ? { color: 'red' } : {})}>
        {label}
      </Button>
    </Group>
  );
}
