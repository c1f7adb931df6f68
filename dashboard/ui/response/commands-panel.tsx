'use client';

import type { Endpoint } from '../../lib/api.ts';
import { actionWords, isOpen } from '../../lib/command-words.ts';
import { visible } from '../../lib/visible-text.ts';
import { Moment } from '../text/moment.tsx';
import { Panel } from '../text/panel.tsx';
import { CommandResult } from './command-result.tsx';
import { CommandStateMark } from './command-state.tsx';
import styles from './response.module.css';
import { useCommands } from './use-commands.ts';

/** What was done on this host from here: by whom, when, and what came of it. */
export function CommandsPanel({ endpoint }: { endpoint: Endpoint }) {
  const { data, error } = useCommands(endpoint.id);
  const commands = data?.items ?? [];
  const waiting = commands.filter(({ state }) => isOpen(state)).length;
  return (
    <Panel title="Response" aside={waiting > 0 ? <span className={styles.quiet}>{waiting} under way</span> : undefined}>
      {commands.length === 0 ? (
        <p className={styles.quiet}>
          {data === undefined
            ? error === null
              ? 'Being asked for.'
              : 'The server does not answer at the moment.'
            : endpoint.response === null
              ? 'This agent takes no commands: it has not asked for any. Where it runs, make a new key and install the new configuration.'
              : 'Nothing was done on this host from here yet.'}
        </p>
      ) : (
        <ul className={styles.commands} aria-label="Commands, newest first">
          {commands.map(command => (
            <li key={command.id}>
              <div className={styles.head}>
                <span>{visible(actionWords(command.action))}</span>
                <CommandStateMark state={command.state} />
              </div>
              <p className={styles.quiet}>
                {visible(command.askedBy)}, <Moment at={command.issuedAt} />
                {isOpen(command.state) && (
                  <>
                    ; expires <Moment at={command.expiresAt} />
                  </>
                )}
              </p>
              <CommandResult command={command} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
