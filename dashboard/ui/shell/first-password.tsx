'use client';

import { Text } from '@mantine/core';
import { PasswordForm } from './password-form.tsx';

export function FirstPassword() {
  return (
    <>
      <Text size="sm" c="dimmed" mb="md">
        The password you logged in with was made for you and may have been seen by others. Choose your own; nothing else
        works until then.
      </Text>
      <PasswordForm label="Set password and go on" onDone={() => window.location.assign('/')} />
    </>
  );
}
