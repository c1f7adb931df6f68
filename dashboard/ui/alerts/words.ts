import type { Severity, Status, Verdict } from '../../lib/api.ts';

/** How alerts' states are called on the pages. */
export const severityWords: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};
export const statusWords: Readonly<Record<Status, string>> = {
  open: 'Open',
  in_progress: 'In progress',
  closed: 'Closed',
};
export const verdictWords: Readonly<Record<Verdict, string>> = {
  true_positive: 'True positive',
  benign: 'Benign',
  false_positive: 'False positive',
};
export const verdictMeaning: Readonly<Record<Verdict, string>> = {
  true_positive: 'An attack, or a breach of policy. Opens again when it is found again.',
  benign: 'It happened as said, and it is expected here. Further ones only count.',
  false_positive: 'The detection was wrong. Further ones only count.',
};
