import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertChange } from '../ports/alert-outbox.ts';
import { newest } from './alert-feed.ts';

const table: [why: string, changes: string, told: string][] = [
  ['a count is told', 'a:counted', '0'],
  ['of counts that follow each other the last', 'a:counted a:counted a:counted', '2'],
  ['each alert has its own', 'a:counted b:counted a:counted', '1 2'],
  ['what else happened is told besides the count', 'a:created a:counted a:reopened a:counted', '0 2 3'],
  ['a count before it is in it', 'a:counted a:reopened', '1'],
  ['nothing', '', ''],
];

for (const [why, text, told] of table) {
  test(`telling changes: ${why}`, () => {
    const changes = text.split(' ').flatMap((word, i): AlertChange[] => {
      const [alert, change] = word.split(':');
      return change ? [{ id: String(i), change, alert: { id: alert } } as AlertChange] : [];
    });
    assert.equal(
      newest(changes)
        .map(({ id }) => id)
        .join(' '),
      told,
    );
  });
}
