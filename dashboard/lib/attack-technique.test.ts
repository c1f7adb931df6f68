import assert from 'node:assert/strict';
import { test } from 'node:test';
import { techniqueName, techniqueUrl } from './attack-technique.ts';

test('a technique and its sub-technique have pages of their own', () => {
  assert.equal(techniqueUrl('T1003'), 'https://attack.mitre.org/techniques/T1003/');
  assert.equal(techniqueUrl('T1003.008'), 'https://attack.mitre.org/techniques/T1003/008/');
});

test('what is no technique id is no link', () => assert.equal(techniqueUrl('javascript:alert(1)'), undefined));

test('a sub-technique is named after its family', () => {
  assert.equal(techniqueName('T1003.008'), 'OS Credential Dumping: /etc/passwd and /etc/shadow');
  assert.equal(techniqueName('T9999'), '');
});
