'use client';

import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answer, api } from '../../lib/request.ts';
import { CommandDialog } from './command-dialog.tsx';

interface CollectFileProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly endpoint: string;
  /** Offered; '' for none. */
  readonly path: string;
}

/** Asks a host for a file's owner, rights, times and hash. */
export function CollectFile({ opened, onClose, endpoint, path: offered }: CollectFileProps) {
  const [path, setPath] = useState(offered);
  return (
    <CommandDialog
      opened={opened}
      onClose={onClose}
      title="Collect a file's hash and metadata"
      endpoint={endpoint}
      label="Collect"
      give={() =>
        answer(api.POST('/api/v1/endpoints/{id}/collect-file', { params: { path: { id: endpoint } }, body: { path } }))
      }
    >
      <Text size="sm">
        The agent tells size, owner, rights, times and the SHA-256 of up to 1 GiB. The content stays on the host.
      </Text>
      <TextInput
        label="Path on the host"
        placeholder="/usr/bin/example"
        required
        data-autofocus
        maxLength={4096}
        value={path}
        onChange={event => setPath(event.currentTarget.value)}
      />
    </CommandDialog>
  );
}
