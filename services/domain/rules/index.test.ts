import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { rules } from './index.ts';

/** What rules share; everything else in the folder is a rule. */
const shared = ['index', 'agent-files', 'guarded-file', 'piped-shell'];
const files = readdirSync(import.meta.dirname).filter(name => name.endsWith('.ts'));
const names = files.filter(name => !name.endsWith('.test.ts')).map(name => name.replace('.ts', ''));

test('every rule of the folder is in the index, and has its test beside it', () => {
  const own = names.filter(name => !shared.includes(name));
  assert.deepEqual(
    own.filter(name => !rules.some(({ id }) => id.endsWith(`.${name}`))),
    [],
  );
  assert.equal(rules.length, own.length);
  assert.deepEqual(
    own.filter(name => !files.includes(`${name}.test.ts`)),
    [],
  );
});

test('a rule has an id of its own, a title, ATT&CK techniques, and watches where it needs files', () => {
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
  for (const rule of rules) {
    assert.match(rule.id, /^(?:sensor|file|process|network|unix|kernel)\.[a-z-]+$/);
    assert.match(rule.title, /^(?:[A-Z]|systemd).*[^.]$/);
    assert.ok(rule.techniques.length > 0 && rule.techniques.every(technique => /^T\d{4}(?:\.\d{3})?$/.test(technique)));
    assert.equal('watches' in rule, (rule.needs as readonly string[]).includes('file.opened'));
  }
});
