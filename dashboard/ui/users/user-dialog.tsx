'use client';

import { Alert, Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { User } from '../../lib/api.ts';
import { answer, api, failureText } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { NewPassword } from './new-password.tsx';
import { roleChoices, roleOf } from './roles.ts';

export type UserAction = 'edit' | 'password' | 'disable' | 'enable' | 'delete';

interface Chosen {
  readonly user: User;
  readonly action: UserAction;
}

const titles: Readonly<Record<UserAction, string>> = {
  edit: 'Edit user',
  password: 'New password',
  disable: 'Disable user',
  enable: 'Enable user',
  delete: 'Delete user',
};

const consequences: Readonly<Record<Exclude<UserAction, 'edit'>, (name: string) => string>> = {
  password: name => `${name} is logged out everywhere, and the password used so far stops working.`,
  disable: name => `${name} is logged out everywhere and cannot log in until enabled again.`,
  enable: name => `${name} can log in again with the password used before.`,
  delete: name => `${name} can never log in again. What ${name} did stays in the histories and the audit log.`,
};

/** What an administrator does to a user, after saying what it means. */
export function UserDialog({ chosen, onClose }: { chosen: Chosen | undefined; onClose: () => void }) {
  const [password, setPassword] = useState<string>();
  const close = () => {
    setPassword(undefined);
    onClose();
  };
  return (
    <Modal opened={chosen !== undefined} onClose={close} title={chosen === undefined ? '' : titles[chosen.action]}>
      {chosen === undefined ? null : password !== undefined ? (
        <NewPassword name={visible(chosen.user.name)} password={password} onDone={close} />
      ) : (
        <UserForm {...chosen} onDone={close} onPassword={setPassword} />
      )}
    </Modal>
  );
}

function UserForm({
  user,
  action,
  onDone,
  onPassword,
}: Chosen & { onDone: () => void; onPassword: (password: string) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState(user.role);
  const act = useMutation({
    mutationFn: () => perform(user, action, { name: name.trim(), role }),
    onSuccess: password => {
      if (password === undefined) onDone();
      else onPassword(password);
      return client.invalidateQueries({ queryKey: ['users'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate();
  };
  const danger = action === 'delete' || action === 'disable';
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {act.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {failureText(act.error)}
          </Alert>
        )}
        {action === 'edit' ? (
          <>
            <TextInput
              label="Name"
              required
              withAsterisk={false}
              maxLength={120}
              value={name}
              onChange={event => setName(event.currentTarget.value)}
            />
            <NativeSelect
              label="Role"
              data={roleChoices}
              value={role}
              onChange={event => setRole(roleOf(event.currentTarget.value))}
            />
          </>
        ) : (
          <Text size="sm">{consequences[action](visible(user.name))}</Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={act.isPending} {...(danger ? { color: 'red' } : {})}>
            {action === 'edit' ? 'Save' : titles[action]}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Gives the new password where one was made. */
async function perform(
  user: User,
  action: UserAction,
  edited: Pick<User, 'name' | 'role'>,
): Promise<string | undefined> {
  const params = { path: { id: user.id } };
  switch (action) {
    case 'edit':
      await answer(api.PATCH('/api/v1/users/{id}', { params, body: edited }));
      return undefined;
    case 'disable':
    case 'enable':
      await answer(api.PATCH('/api/v1/users/{id}', { params, body: { disabled: action === 'disable' } }));
      return undefined;
    case 'delete':
      await answer(api.DELETE('/api/v1/users/{id}', { params }));
      return undefined;
    case 'password':
      return (await answer(api.POST('/api/v1/users/{id}/reset-password', { params }))).password;
    default:
      return action satisfies never;
  }
}
