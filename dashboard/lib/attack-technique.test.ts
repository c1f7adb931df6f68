import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('every technique that a detector names has its own name', () => {
  const domain = join(import.meta.dirname, '../../services/domain');
  const sources = globSync('**/*.ts', { cwd: domain }).map(file => readFileSync(join(domain, file), 'utf8'));
  const ids = sources.flatMap(source => [...source.matchAll(/'(T\d{4}(?:\.\d{3})?)'/g)].map(match => match[1]!));
  assert.ok(ids.length >= 50);
  const nameless = ids.filter(id => (id.includes('.') ? !techniqueName(id).includes(': ') : techniqueName(id) === ''));
  assert.deepEqual(nameless, []);
});
