import type { Status, Verdict } from '../../lib/api.ts';
import styles from './status.module.css';
import { statusWords, verdictWords } from './words.ts';

/** An alert's status: an empty ring, a half one, a full one; closed says with what verdict. */
export function StatusMark({ status, verdict }: { status: Status; verdict: Verdict | null }) {
  return (
    <span className={styles.mark} data-status={status}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <circle
          cx="6"
          cy="6"
          r="5"
          fill={status === 'closed' ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.6"
        />
        {status === 'in_progress' && <path d="M6 1a5 5 0 0 1 0 10z" fill="currentColor" />}
      </svg>
      {verdict === null ? statusWords[status] : verdictWords[verdict]}
    </span>
  );
}
