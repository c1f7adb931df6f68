import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commentText, historyWords } from './history-words.ts';

for (const [entry, expected] of [
  [{ action: 'created', detail: {} }, 'raised this alert'],
  [{ action: 'status', detail: { from: 'open', to: 'closed', verdict: 'benign' } }, 'closed it as benign'],
  [{ action: 'status', detail: { from: 'closed', to: 'open' } }, 'set it to open'],
  [{ action: 'status', detail: { from: 'closed', to: 'closed', verdict: 'benign' } }, 'changed the verdict to benign'],
  [{ action: 'assignee', detail: { from: null, to: 'Ada' } }, 'assigned it to Ada'],
  [{ action: 'assignee', detail: { from: 'Ada', to: null } }, 'took the assignee away'],
] as const) {
  test(`a history entry reads "${expected}"`, () => assert.equal(historyWords(entry), expected));
}

test('only a comment has a text', () => {
  assert.equal(commentText({ action: 'comment', detail: { text: 'hm' } }), 'hm');
  assert.equal(commentText({ action: 'comment', detail: {} }), '');
});
