'use client';

import { Button, NativeSelect, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertDetail, Triage as Change } from '../../lib/api.ts';
import { answer, api, failureText, Refusal } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { CloseDialog } from '../alerts/close-dialog.tsx';
import { StatusMark } from '../alerts/status.tsx';
import { useKeys } from '../list/keys.ts';
import { useAccount } from '../shell/account.tsx';
import { Facts } from '../text/facts.tsx';
import { Panel } from '../text/panel.tsx';

/** Status, verdict and assignee: what the role may change, and for others what they are. */
export function Triage({ alert }: { alert: AlertDetail }) {
  const { mayTriage } = useAccount();
  return (
    <Panel title="Triage" aside={<StatusMark status={alert.status} verdict={alert.verdict} />}>
      {mayTriage ? (
        <TriageActions alert={alert} />
      ) : (
        <Facts facts={[['Assignee', alert.assignee === null ? 'Nobody' : visible(alert.assignee.name)]]} />
      )}
    </Panel>
  );
}

function TriageActions({ alert }: { alert: AlertDetail }) {
  const client = useQueryClient();
  const { account } = useAccount();
  const [closing, setClosing] = useState(false);
  const { data: assignees } = useQuery({
    queryKey: ['assignees'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/assignees', { signal })),
  });
  const change = useMutation({
    mutationFn: (body: Change) =>
      answer(
        api.PATCH('/api/v1/alerts/{id}', {
          params: { path: { id: alert.id } },
          body: { ...body, revision: alert.revision },
        }),
      ),
    onError: error => {
      const late = error instanceof Refusal && error.status === 409;
      notifications.show({
        color: 'red',
        message: late
          ? 'Somebody changed this alert meanwhile. It is shown as it is now; try again.'
          : failureText(error),
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts'] }),
  });
  const closed = alert.status === 'closed';
  useKeys({
    ...(closed ? { o: () => change.mutate({ status: 'open', verdict: null }) } : { c: () => setClosing(true) }),
    ...(alert.assignee?.id === account.id ? {} : { a: () => change.mutate({ assigneeId: account.id }) }),
  });

  const people = assignees?.items ?? [];
  const listed = alert.assignee === null || people.some(({ id }) => id === alert.assignee?.id);
  return (
    <Stack gap="sm">
      <NativeSelect
        label="Assignee"
        size="sm"
        value={alert.assignee?.id ?? ''}
        disabled={change.isPending}
        onChange={event =>
          change.mutate({ assigneeId: event.currentTarget.value === '' ? null : event.currentTarget.value })
        }
        data={[
          { value: '', label: 'Nobody' },
          ...(listed || alert.assignee === null ? [] : [{ value: alert.assignee.id, label: alert.assignee.name }]),
          ...people.map(({ id, name }) => ({ value: id, label: id === account.id ? `${name} (me)` : name })),
        ]}
      />
      {closed ? (
        <Button
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate({ status: 'open', verdict: null })}
        >
          Reopen
        </Button>
      ) : (
        <>
          {alert.status === 'open' && (
            <Button
              variant="default"
              loading={change.isPending}
              onClick={() =>
                change.mutate({ status: 'in_progress', ...(alert.assignee === null ? { assigneeId: account.id } : {}) })
              }
            >
              Start work
            </Button>
          )}
          <Button onClick={() => setClosing(true)}>Close with a verdict</Button>
        </>
      )}
      <CloseDialog
        alerts={[alert]}
        opened={closing}
        onClose={() => setClosing(false)}
        onDone={() => {
          setClosing(false);
          notifications.show({ message: 'Alert closed.' });
        }}
      />
    </Stack>
  );
}
