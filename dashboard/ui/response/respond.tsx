'use client';

import { Button, Menu, Tooltip } from '@mantine/core';
import { IconChevronDown, IconShieldBolt } from '@tabler/icons-react';
import type { Endpoint } from '../../lib/api.ts';
import { CollectFile } from './collect-file.tsx';
import { IsolateHost, ReleaseHost } from './isolate-host.tsx';
import { IsolationBanner } from './isolation-banner.tsx';
import { useDialogs } from './use-dialogs.ts';

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
  const { begin, of, keyOf } = useDialogs<HostAction>();
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
        <IsolateHost key={keyOf('isolate')} {...of('isolate')} endpoint={endpoint} />
        <ReleaseHost key={keyOf('release')} {...of('release')} endpoint={endpoint} />
        <CollectFile key={keyOf('collect')} {...of('collect')} endpoint={endpoint.id} path="" />
      </>
    ),
  };
}
