'use client';

import { Alert, Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { UserWithPassword } from '../../lib/api.ts';
import { answer, api, failureText } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { NewPassword } from './new-password.tsx';
import { roleChoices, roleOf } from './roles.ts';

export function AddUser({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [added, setAdded] = useState<UserWithPassword>();
  const close = () => {
    setAdded(undefined);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={added === undefined ? 'Add user' : 'User added'}
      closeOnClickOutside={added === undefined}
    >
      {added === undefined ? (
        <Fields onAdded={setAdded} onCancel={close} />
      ) : (
        <NewPassword name={visible(added.user.name)} password={added.password} onDone={close} />
      )}
    </Modal>
  );
}

function Fields({ onAdded, onCancel }: { onAdded: (added: UserWithPassword) => void; onCancel: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState(roleOf('analyst'));
  const add = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/users', { body: { name: name.trim(), email: email.trim(), role } })),
    onSuccess: added => {
      onAdded(added);
      return client.invalidateQueries({ queryKey: ['users'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
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
          data-autofocus
          required
          withAsterisk={false}
          maxLength={120}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Mail address"
          type="email"
          required
          withAsterisk={false}
          maxLength={254}
          value={email}
          onChange={event => setEmail(event.currentTarget.value)}
        />
        <NativeSelect
          label="Role"
          data={roleChoices}
          value={role}
          onChange={event => setRole(roleOf(event.currentTarget.value))}
        />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending}>
            Add user
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
