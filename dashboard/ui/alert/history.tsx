'use client';

import { Alert, Button, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { HistoryEntry } from '../../lib/api.ts';
import { commentText, historyWords } from '../../lib/history-words.ts';
import { answer, api, failureText } from '../../lib/request.ts';
import { visible } from '../../lib/visible-text.ts';
import { useKeys } from '../list/keys.ts';
import { Failed, Loading } from '../list/states.tsx';
import { usePages } from '../list/use-pages.ts';
import { useAccount } from '../shell/account.tsx';
import { Moment } from '../text/moment.tsx';
import { Panel } from '../text/panel.tsx';
import styles from './history.module.css';

/** What people and Picket did to the alert, and the field to add to it. */
export function History({ id }: { id: string }) {
  const { mayTriage } = useAccount();
  const history = usePages<HistoryEntry>(['alerts', 'history', id], (cursor, signal) =>
    answer(api.GET('/api/v1/alerts/{id}/history', { params: { path: { id }, query: { cursor, limit: 200 } }, signal })),
  );
  return (
    <Panel title="History and comments">
      {history.isPending ? (
        <Loading rows={2} label="Loading history" />
      ) : history.error !== null ? (
        <Failed what="The history" error={history.error} onRetry={() => void history.refetch()} />
      ) : (
        <ol className={styles.entries}>
          {history.items.map(entry => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      {history.hasNextPage && (
        <Button variant="subtle" size="xs" onClick={() => void history.fetchNextPage()}>
          More
        </Button>
      )}
      {mayTriage && <NewComment id={id} />}
    </Panel>
  );
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const text = commentText(entry);
  return (
    <li className={styles.entry}>
      <span className={styles.line}>
        <strong>{entry.actor === null ? 'Picket' : visible(entry.actor.name)}</strong> {visible(historyWords(entry))}{' '}
        <span className={styles.when}>
          <Moment at={entry.at} />
        </span>
      </span>
      {text !== '' && <p className={styles.comment}>{text.split('\n').map(visible).join('\n')}</p>}
    </li>
  );
}

function NewComment({ id }: { id: string }) {
  const client = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  const add = useMutation({
    mutationFn: (comment: string) =>
      answer(api.POST('/api/v1/alerts/{id}/comments', { params: { path: { id } }, body: { text: comment } })),
    onSuccess: () => {
      setText('');
      return client.invalidateQueries({ queryKey: ['alerts', 'history', id] });
    },
  });
  useKeys({ m: () => field.current?.focus() });
  const submit = () => {
    if (text.trim() !== '' && !add.isPending) add.mutate(text.trim());
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
  };
  return (
    <form
      className={styles.form}
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
    >
      {add.error !== null && (
        <Alert color="red" variant="light" role="alert">
          {failureText(add.error)}
        </Alert>
      )}
      <Textarea
        ref={field}
        label="Add a comment"
        description="Ctrl+Enter sends it"
        autosize
        minRows={2}
        maxLength={4000}
        value={text}
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={press}
      />
      <Button type="submit" variant="default" size="xs" loading={add.isPending} disabled={text.trim() === ''}>
        Comment
      </Button>
    </form>
  );
}
