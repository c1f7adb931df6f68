'use client';

import { Alert, Button, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMounted } from '@mantine/hooks';
import { getSession } from 'next-auth/react';
import { useState } from 'react';
import { answer, api, failureText } from '../../lib/request.ts';

const shortest = 12;

/** Changes the own password. `onDone` runs after the session knows about it. */
export function PasswordForm({ onDone, label }: { onDone: () => void; label: string }) {
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const ready = useMounted();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { current: '', next: '', again: '' },
    validate: {
      current: value => (value === '' ? 'The password you have now' : null),
      next: (value, values) => {
        if (value.length < shortest) return `At least ${shortest} characters; this has ${value.length}`;
        return value === values.current ? 'Must differ from the current one' : null;
      },
      again: (value, values) => (value === values.next ? null : 'The two do not match'),
    },
  });

  async function submit({ current, next }: { current: string; next: string }) {
    setBusy(true);
    setFailure(undefined);
    try {
      await answer(api.POST('/api/v1/me/password', { body: { current, next } }));
      await refreshSession();
      onDone();
    } catch (error) {
      setFailure(failureText(error));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={form.onSubmit(submit)} method="post" noValidate>
      <Stack gap="sm">
        {failure !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {failure}
          </Alert>
        )}
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          data-autofocus
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label="New password"
          description={`At least ${shortest} characters. A few unrelated words are easy to remember.`}
          autoComplete="new-password"
          {...form.getInputProps('next')}
        />
        <PasswordInput label="New password again" autoComplete="new-password" {...form.getInputProps('again')} />
        <Button type="submit" loading={busy} disabled={!ready} mt="xs" fullWidth>
          {label}
        </Button>
      </Stack>
    </form>
  );
}

/** Has the session cookie made again from what the API says of this account now. */
async function refreshSession(): Promise<void> {
  const { csrfToken } = (await (await fetch('/api/auth/csrf')).json()) as { csrfToken: string };
  await fetch('/api/auth/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ csrfToken, data: {} }),
  });
  await getSession();
}
