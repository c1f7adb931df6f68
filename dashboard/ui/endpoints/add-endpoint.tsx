'use client';

import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { EndpointWithConfiguration } from '../../lib/api.ts';
import { answer, api, failureText } from '../../lib/request.ts';
import { Install } from './install.tsx';
import { addressOf, ServerAddress } from './server-address.tsx';

/** Name the host, get its configuration once, install, and watch it arrive. */
export function AddEndpoint({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [added, setAdded] = useState<EndpointWithConfiguration>();
  const close = () => {
    setAdded(undefined);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={added === undefined ? 'Add endpoint' : `Install the agent on ${added.endpoint.name}`}
      // The key is shown once: a click beside the dialog must not lose it.
      closeOnClickOutside={added === undefined}
    >
      {added === undefined ? (
        <NameIt onAdded={setAdded} onCancel={close} />
      ) : (
        <Install endpoint={added.endpoint} configuration={added.configuration} onDone={close} />
      )}
    </Modal>
  );
}

function NameIt({ onAdded, onCancel }: { onAdded: (added: EndpointWithConfiguration) => void; onCancel: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [server, setServer] = useState('');
  const add = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/endpoints', { body: { name: name.trim(), ...addressOf(server) } })),
    onSuccess: added => {
      onAdded(added);
      return client.invalidateQueries({ queryKey: ['endpoints'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {add.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {failureText(add.error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          description="How the host is called here; its host name is a good choice."
          data-autofocus
          required
          withAsterisk={false}
          maxLength={120}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <ServerAddress value={server} onChange={setServer} />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending}>
            Add endpoint
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
