import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentPolicy } from './content-policy.ts';

const directive = (policy: string, name: string) => policy.split('; ').find(part => part.startsWith(`${name} `));

test('a page runs only scripts that carry its nonce', () => {
  const scripts = directive(contentPolicy('bm9uY2U=', false), 'script-src');
  assert.equal(scripts, "script-src 'nonce-bm9uY2U=' 'strict-dynamic'");
});

test('style elements need the nonce too, only style attributes are free', () => {
  const policy = contentPolicy('bm9uY2U=', false);
  assert.equal(directive(policy, 'style-src'), "style-src 'self' 'nonce-bm9uY2U='");
  assert.equal(directive(policy, 'style-src-attr'), "style-src-attr 'unsafe-inline'");
});

test('eval is allowed to the development server only', () => {
  assert.doesNotMatch(contentPolicy('x', false), /unsafe-eval/);
  assert.match(contentPolicy('x', true), /unsafe-eval/);
});

test('nobody may frame the dashboard', () => {
  assert.equal(directive(contentPolicy('x', false), 'frame-ancestors'), "frame-ancestors 'none'");
});
