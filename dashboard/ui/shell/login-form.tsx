'use client';

import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { signIn } from 'next-auth/react';
import { type FormEvent, useState } from 'react';

const failures: Readonly<Record<string, string>> = {
  wrong: 'Mail address and password do not match, or the account is disabled.',
  'too-many': 'Too many attempts. Wait a minute, then try again.',
  unavailable: 'The server cannot check passwords right now. If Picket has just started, try again in a few seconds.',
};

export function LoginForm({ next, ended }: { next: string; ended: boolean }) {
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const ready = useMounted();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(undefined);
    const result = await signIn('credentials', {
      email: fields.get('email'),
      password: fields.get('password'),
      redirect: false,
    }).catch(() => undefined);
    if (result?.ok) {
      window.location.assign(next);
      return;
    }
    setBusy(false);
    setFailure(failures[result?.error ?? 'unavailable'] ?? failures['wrong']);
  }

  // Before the page's program runs, the browser itself would submit the form: never by a URL, which is kept and logged.
  return (
    <form onSubmit={submit} method="post">
      <Stack gap="sm">
        {failure !== undefined ? (
          <Alert color="red" variant="light" role="alert">
            {failure}
          </Alert>
        ) : ended ? (
          <Alert color="gray" variant="light" role="status">
            Your session has ended. Log in to go on where you were.
          </Alert>
        ) : null}
        <TextInput
          name="email"
          type="email"
          label="Mail address"
          autoComplete="username"
          required
          withAsterisk={false}
          autoFocus
        />
        <PasswordInput name="password" label="Password" autoComplete="current-password" required withAsterisk={false} />
        <Button type="submit" loading={busy} disabled={!ready} mt="xs" fullWidth>
          Log in
        </Button>
      </Stack>
    </form>
  );
}
