import type { EndpointState } from '../../lib/api.ts';
import styles from './state.module.css';

export const stateWords: Readonly<Record<EndpointState, string>> = {
  alive: 'Alive',
  silent: 'Silent',
  never: 'Not seen yet',
  revoked: 'Revoked',
};

/** Whether a host is watched, and whether it is cut off: each state has a form, a word and a colour of its own. */
export function StateMark({ state, isolated = false }: { state: EndpointState; isolated?: boolean }) {
  return (
    <span className={styles.mark} data-state={state}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {state === 'alive' && <circle cx="6" cy="6" r="5" fill="currentColor" />}
        {state === 'silent' && <path d="M6 .8 11.6 11H.4z" fill="currentColor" />}
        {state === 'never' && (
          <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.6 2" />
        )}
        {state === 'revoked' && <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2" />}
      </svg>
      {stateWords[state]}
      {isolated && <span className={styles.isolated}>isolated</span>}
    </span>
  );
}
