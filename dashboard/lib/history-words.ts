/** The entries of an alert's history as sentences. */

import type { HistoryEntry, Status, Verdict } from './api.ts';

const status: Readonly<Record<Status, string>> = { open: 'open', in_progress: 'in progress', closed: 'closed' };
const verdict: Readonly<Record<Verdict, string>> = {
  true_positive: 'true positive',
  benign: 'benign',
  false_positive: 'false positive',
};

const named = <Names extends Readonly<Record<string, string>>>(names: Names, value: unknown): string | undefined =>
  typeof value === 'string' ? (names[value] ?? value) : undefined;

/** What was done, to follow the name of who did it: `closed it as benign`. Details come from a record without a fixed shape. */
export function historyWords({ action, detail }: Pick<HistoryEntry, 'action' | 'detail'>): string {
  switch (action) {
    case 'created':
      return 'raised this alert';
    case 'reopened':
      return 'found it again and opened it again';
    case 'comment':
      return 'commented';
    case 'assignee': {
      const to = detail['to'];
      return typeof to === 'string' ? `assigned it to ${to}` : 'took the assignee away';
    }
    case 'status': {
      const to = named(status, detail['to']) ?? 'another status';
      const as = named(verdict, detail['verdict']);
      if (detail['to'] !== 'closed') return `set it to ${to}`;
      return detail['from'] === 'closed' ? `changed the verdict to ${as}` : `closed it as ${as ?? 'done'}`;
    }
    default:
      return action satisfies never;
  }
}

/** The text of a comment; '' for other entries. */
export const commentText = ({ action, detail }: Pick<HistoryEntry, 'action' | 'detail'>): string =>
  action === 'comment' && typeof detail['text'] === 'string' ? detail['text'] : '';
