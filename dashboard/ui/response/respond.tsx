'use client';

import { Button, Menu, Tooltip } from '@mantine/core';
import { IconChevronDown, IconShieldBolt } from '@tabler/icons-react';
import { useState } from 'react';
import type { Endpoint } from '../../lib/api.ts';
import { CollectFile } from './collect-file.tsx';
import { IsolateHost, ReleaseHost } from './isolate-host.tsx';
import { IsolationBanner } from './isolation-banner.tsx';

export type HostAction = 'isolate' | 'release' | 'collect';

interface RespondProps {
  readonly endpoint: Endpoint;
  readonly onAction: (action: HostAction) => void;
}

/** What a responder can do to a host. */
export function RespondMenu({ endpoint, onAction }: RespondProps) {
  const { response } = endpoint;
  const takesNone = response === null || endpoint.revokedAt !== null;
  const button = (
    <Button
      color="red"
      variant="light"
      size="xs"
      data-disabled={takesNone || undefined}
      aria-disabled={takesNone}
      leftSection={<IconShieldBolt size={15} aria-hidden />}
      rightSection={<IconChevronDown size={14} aria-hidden />}
      onClick={event => {
        if (takesNone) event.preventDefault();
      }}
    >
      Respond
    </Button>
  );
  if (takesNone) {
    return (
      <Tooltip
        label="This agent takes no commands: its configuration has no command_key, or it has not been heard yet"
        multiline
        w={280}
      >
        {button}
      </Tooltip>
    );
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        {response.isolation === null ? (
          <Menu.Item color="red" onClick={() => onAction('isolate')}>
            Isolate host…
          </Menu.Item>
        ) : (
          <Menu.Item onClick={() => onAction('release')}>Release host…</Menu.Item>
        )}
        <Menu.Item onClick={() => onAction('collect')}>Collect file…</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The dialogs of those actions, and the banner of an isolated host. */
export function useHostActions(endpoint: Endpoint, mayRespond: boolean) {
  const [action, setAction] = useState<HostAction>();
  // What is chosen in a dialog is forgotten when it is opened anew; its title stays while it closes.
  const [times, setTimes] = useState(0);
  const begin = (next: HostAction) => {
    setTimes(times + 1);
    setAction(next);
  };
  const close = () => setAction(undefined);
  return {
    menu: mayRespond ? <RespondMenu endpoint={endpoint} onAction={begin} /> : null,
    banner: (
      <IsolationBanner
        endpoint={endpoint}
        onRelease={mayRespond ? () => begin('release') : undefined}
        onChange={mayRespond ? () => begin('isolate') : undefined}
      />
    ),
    dialogs: (
      <>
        <IsolateHost key={`isolate ${times}`} opened={action === 'isolate'} onClose={close} endpoint={endpoint} />
        <ReleaseHost key={`release ${times}`} opened={action === 'release'} onClose={close} endpoint={endpoint} />
        <CollectFile
          key={`collect ${times}`}
          opened={action === 'collect'}
          onClose={close}
          endpoint={endpoint.id}
          path=""
        />
      </>
    ),
  };
}
