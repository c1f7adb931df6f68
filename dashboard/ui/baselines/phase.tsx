import { type Phase, phaseMeaning } from '../../lib/baseline-words.ts';
import styles from './baselines.module.css';

export const phaseWords: Readonly<Record<Phase, string>> = {
  learning: 'Learning',
  saturated: 'Saturated',
  enforced: 'Enforced',
};

/** How far a program is learned: a ring a third, two thirds or wholly filled, and the word. */
export function PhaseMark({ phase }: { phase: Phase }) {
  const share = { learning: 1 / 3, saturated: 2 / 3, enforced: 1 }[phase];
  const around = 2 * Math.PI * 5;
  return (
    <span className={styles.phase} data-phase={phase} title={phaseMeaning[phase]}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="2.4" opacity="0.25" />
        <circle
          cx="7"
          cy="7"
          r="5"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.4"
          strokeDasharray={`${around * share} ${around}`}
          transform="rotate(-90 7 7)"
        />
      </svg>
      {phaseWords[phase]}
    </span>
  );
}
