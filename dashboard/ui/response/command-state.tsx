import { Loader } from '@mantine/core';
import type { CommandState } from '../../lib/api.ts';
import { isOpen, stateWords } from '../../lib/command-words.ts';
import styles from './response.module.css';

/** What has come of a command so far: a form, a word and a colour for each. */
export function CommandStateMark({ state }: { state: CommandState }) {
  return (
    <span className={styles.state} data-state={state}>
      {isOpen(state) ? (
        <Loader size={12} color="currentColor" aria-hidden />
      ) : (
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          {state === 'done' ? (
            <path d="M1.5 6.5l3 3 6-7" fill="none" stroke="currentColor" strokeWidth="2" />
          ) : state === 'expired' ? (
            <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.6 2" />
          ) : (
            <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2" />
          )}
        </svg>
      )}
      {stateWords[state]}
    </span>
  );
}
