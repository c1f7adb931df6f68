import type { Severity } from '../../lib/api.ts';
import styles from './severity.module.css';
import { severityWords } from './words.ts';

const bars: Readonly<Record<Severity, number>> = { low: 1, medium: 2, high: 3, critical: 4 };

/** Severity as rising bars, a word and a colour: each tells it alone. */
export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span className={styles.mark} data-severity={severity}>
      <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
        {[0, 1, 2, 3].map(index => (
          <rect
            key={index}
            x={index * 3.6}
            y={9 - index * 3}
            width="2.6"
            height={3 + index * 3}
            rx="0.6"
            fill="currentColor"
            opacity={index < bars[severity] ? 1 : 0.25}
          />
        ))}
      </svg>
      {severityWords[severity]}
    </span>
  );
}
