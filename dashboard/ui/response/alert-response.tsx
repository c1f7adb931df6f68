'use client';

import { Anchor, Button, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { AlertDetail, Endpoint } from '../../lib/api.ts';
import { answer, api } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { useKeys } from '../list/keys.ts';
import { Panel } from '../text/panel.tsx';
import { CollectFile } from './collect-file.tsx';
import { IsolateHost, ReleaseHost } from './isolate-host.tsx';
import { KillProcess } from './kill-process.tsx';
import styles from './response.module.css';
import { useDialogs } from './use-dialogs.ts';

type Action = 'kill' | 'collect' | 'isolate' | 'release';

/** What can be done on the host about what an alert tells of. */
export function AlertResponse({ alert }: { alert: AlertDetail }) {
  const { id } = alert.endpoint;
  const { data: endpoint } = useQuery({
    queryKey: ['endpoints', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/endpoints/{id}', { params: { path: { id } }, signal })),
    refetchInterval: 10_000,
  });
  return (
    <Panel title="Respond">
      {endpoint === undefined ? (
        <p className={styles.quiet}>The endpoint is being asked for.</p>
      ) : endpoint.response === null || endpoint.revokedAt !== null ? (
        <p className={styles.quiet}>
          The agent of{' '}
          <Anchor component={Link} href={`/endpoints/${id}`} size="sm">
            {visible(endpoint.name)}
          </Anchor>{' '}
          takes no commands.
        </p>
      ) : (
        <Actions alert={alert} endpoint={endpoint} isIsolated={endpoint.response.isolation !== null} />
      )}
    </Panel>
  );
}

function Actions({ alert, endpoint, isIsolated }: { alert: AlertDetail; endpoint: Endpoint; isIsolated: boolean }) {
  const { begin, of, keyOf } = useDialogs<Action>();
  const process = alert.evidence.ancestry.at(-1);
  const canKill = process !== undefined && process.execId === alert.execId && process.pid > 1;
  useKeys(canKill ? { k: () => begin('kill') } : {});
  return (
    <Stack gap="xs">
      {isIsolated && <p className={styles.isolated}>This host is isolated.</p>}
      {canKill && (
        <Button color="red" variant="light" onClick={() => begin('kill')}>
          Kill process {process.pid}…
        </Button>
      )}
      <Button variant="default" onClick={() => begin(isIsolated ? 'release' : 'isolate')}>
        {isIsolated ? 'Release host…' : 'Isolate host…'}
      </Button>
      <Button variant="default" onClick={() => begin('collect')}>
        Collect file…
      </Button>
      {canKill && <KillProcess key={keyOf('kill')} {...of('kill')} endpoint={endpoint} process={process} />}
      <IsolateHost key={keyOf('isolate')} {...of('isolate')} endpoint={endpoint} />
      <ReleaseHost key={keyOf('release')} {...of('release')} endpoint={endpoint} />
      <CollectFile
        key={keyOf('collect')}
        {...of('collect')}
        endpoint={endpoint.id}
        path={process?.exe.startsWith('/') ? process.exe : ''}
      />
    </Stack>
  );
}
