'use client';

import { Text } from '@mantine/core';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { Raw } from '../text/raw.tsx';
import { CommandDialog } from './command-dialog.tsx';

interface KillProcessProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly endpoint: { readonly id: string; readonly name: string };
  readonly process: { readonly execId: string; readonly pid: number; readonly exe: string };
}

/** Kills one process of a host; one that has its pid by then is safe. */
export function KillProcess({ opened, onClose, endpoint, process }: KillProcessProps) {
  return (
    <CommandDialog
      opened={opened}
      onClose={onClose}
      title={`Kill process ${process.pid}`}
      endpoint={endpoint.id}
      label="Kill process"
      danger
      give={() =>
        answer(
          api.POST('/api/v1/endpoints/{id}/kill-process', {
            params: { path: { id: endpoint.id } },
            body: { execId: process.execId },
          }),
        )
      }
    >
      <div>
        <Text size="sm" mb={6}>
          It ends at once and cannot save anything. What it started goes on. On {visible(endpoint.name)}, process{' '}
          {process.pid}:
        </Text>
        <Raw text={process.exe} wrap />
      </div>
    </CommandDialog>
  );
}
