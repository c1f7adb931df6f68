import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionWords, fileFacts, minutesWords, rightsWords } from './command-words.ts';

test('each action is a sentence of a few words', () => {
  assert.equal(actionWords({ kind: 'kill-process', execId: 'b-o-o-t:4711:99' }), 'Kill process 4711');
  assert.equal(actionWords({ kind: 'isolate', minutes: 240 }), 'Isolate for 4 hours');
  assert.equal(actionWords({ kind: 'isolate', minutes: null }), 'Isolate until released');
  assert.equal(actionWords({ kind: 'release' }), 'Release from isolation');
  assert.equal(actionWords({ kind: 'collect-file', path: '/etc/hosts' }), 'Collect /etc/hosts');
});

test('minutes are told in the largest unit that holds them', () => {
  assert.deepEqual([1, 60, 90, 1440, 10_080].map(minutesWords), [
    '1 minute',
    '1 hour',
    '90 minutes',
    '1 day',
    '7 days',
  ]);
});

test('rights are shown as ls shows them', () => {
  const rights = (mode: number) => rightsWords({ type: 'file', mode });
  assert.deepEqual([0o644, 0o4755, 0o4644, 0o2750, 0o1777, 0].map(rights), [
    '-rw-r--r--',
    '-rwsr-xr-x',
    '-rwSr--r--',
    '-rwxr-s---',
    '-rwxrwxrwt',
    '----------',
  ]);
  assert.equal(rightsWords({ type: 'folder', mode: 0o755 }), 'drwxr-xr-x');
});

test('of a file only what is known is shown', () => {
  const file = {
    ...{ path: '/x', type: 'file' as const, bytes: 2048, mode: 0o600, uid: 0, gid: 5 },
    ...{ accessedMicros: 0, modifiedMicros: 1_800_000_000_000_000, changedMicros: 0 },
    ...{ bornMicros: null, target: null, sha256: null },
  };
  const facts = new Map(fileFacts(file));
  assert.deepEqual([...facts.keys()], ['Size', 'Rights', 'Owner', 'Modified', 'Changed', 'Accessed']);
  assert.equal(facts.get('Size'), '2.0 KiB (2,048 B)');
  assert.equal(facts.get('Modified'), '2027-01-15T08:00:00.000Z');
});
