'use client';

import { NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import type { Endpoint } from '../../lib/api.ts';
import { minutesWords } from '../../lib/command-words.ts';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { CommandDialog } from './command-dialog.tsx';

const limits = [15, 60, 240, 1440, 10_080];
const noLimit = 'none';

interface HostDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly endpoint: Endpoint;
}

/** Cuts a host off from every network but this server, for a time. */
export function IsolateHost({ opened, onClose, endpoint }: HostDialogProps) {
  const [limit, setLimit] = useState('240');
  const isIsolated = endpoint.response?.isolation != null;
  return (
    <CommandDialog
      opened={opened}
      onClose={onClose}
      title={isIsolated ? 'Change the time limit' : `Isolate ${visible(endpoint.name)}`}
      endpoint={endpoint.id}
      label={isIsolated ? 'Change limit' : 'Isolate host'}
      danger={!isIsolated}
      give={() =>
        answer(
          api.POST('/api/v1/endpoints/{id}/isolate', {
            params: { path: { id: endpoint.id } },
            body: limit === noLimit ? {} : { minutes: Number(limit) },
          }),
        )
      }
    >
      {!isIsolated && (
        <Text size="sm">
          All its connections are cut and no new ones are let through, in or out, but those of the agent to this server.
          Whoever is logged in over the network is cut off too, and so is every service of the host. Processes on it
          still reach each other.
        </Text>
      )}
      <NativeSelect
        label="Ends by itself"
        description="Counted from when the agent carries it out; the host keeps to it even without its agent."
        data-autofocus
        value={limit}
        onChange={event => setLimit(event.currentTarget.value)}
        data={[
          ...limits.map(minutes => ({ value: String(minutes), label: `after ${minutesWords(minutes)}` })),
          { value: noLimit, label: 'never: only when it is released' },
        ]}
      />
    </CommandDialog>
  );
}

/** Gives a host its network back. */
export function ReleaseHost({ opened, onClose, endpoint }: HostDialogProps) {
  return (
    <CommandDialog
      opened={opened}
      onClose={onClose}
      title={`Release ${visible(endpoint.name)}`}
      endpoint={endpoint.id}
      label="Release host"
      give={() => answer(api.POST('/api/v1/endpoints/{id}/release', { params: { path: { id: endpoint.id } } }))}
    >
      <Text size="sm">The host gets its network back, and whatever runs on it does too.</Text>
    </CommandDialog>
  );
}
