'use client';

import { Alert, Button, Group, Modal, Progress, Radio, Stack, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type Verdict, verdicts } from '../../lib/api.ts';
import { plural } from '../../lib/quantity.ts';
import { answer, api, failureText } from '../../lib/request.ts';
import { verdictMeaning, verdictWords } from './words.ts';

interface CloseDialogProps {
  readonly alerts: readonly { readonly id: string; readonly title: string }[];
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Closes one alert or many with a verdict and, if there is something to say, a comment. */
export function CloseDialog({ alerts, opened, onClose, onDone }: CloseDialogProps) {
  const one = alerts.length === 1 ? alerts[0] : undefined;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={one === undefined ? `Close ${plural(alerts.length, 'alert')}` : `Close: ${one.title}`}
    >
      <CloseForm alerts={alerts} onClose={onClose} onDone={onDone} />
    </Modal>
  );
}

function CloseForm({ alerts, onClose, onDone }: Omit<CloseDialogProps, 'opened'>) {
  const client = useQueryClient();
  const [verdict, setVerdict] = useState<Verdict>();
  const [comment, setComment] = useState('');
  const [done, setDone] = useState<number>();
  const [failure, setFailure] = useState<string>();

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (verdict === undefined) {
      setFailure('Choose what it was.');
      return;
    }
    setFailure(undefined);
    let closed = 0;
    let firstFailure: unknown;
    for (const { id } of alerts) {
      setDone(closed);
      try {
        await close(id, verdict, comment.trim());
        closed += 1;
      } catch (error) {
        firstFailure ??= error;
      }
    }
    await client.invalidateQueries({ queryKey: ['alerts'] });
    setDone(undefined);
    if (firstFailure === undefined) return onDone();
    setFailure(`${closed} of ${plural(alerts.length, 'alert')} closed. ${failureText(firstFailure)}`);
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {failure !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {failure}
          </Alert>
        )}
        <Radio.Group
          label="What was it?"
          value={verdict ?? null}
          onChange={value => setVerdict(verdicts.find(each => each === value))}
        >
          <Stack gap="xs" mt={6}>
            {verdicts.map((value, index) => (
              <Radio
                key={value}
                value={value}
                label={verdictWords[value]}
                description={verdictMeaning[value]}
                data-autofocus={index === 0 || undefined}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Textarea
          label="Comment (optional)"
          autosize
          minRows={2}
          maxLength={4000}
          value={comment}
          onChange={event => setComment(event.currentTarget.value)}
        />
        {done !== undefined && alerts.length > 1 && (
          <Progress value={(done / alerts.length) * 100} aria-label="Closing" />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={done !== undefined}>
            Close {alerts.length === 1 ? 'alert' : plural(alerts.length, 'alert')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

async function close(id: string, verdict: Verdict, comment: string): Promise<void> {
  const params = { path: { id } };
  await answer(api.PATCH('/api/v1/alerts/{id}', { params, body: { status: 'closed', verdict } }));
  if (comment !== '') await answer(api.POST('/api/v1/alerts/{id}/comments', { params, body: { text: comment } }));
}
