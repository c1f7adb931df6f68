import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from './api.ts';
import { findingDifferences } from './finding-differences.ts';

const finding = (pid: number, facts: Readonly<Record<string, string>>): Finding => ({
  stream: '0102030405060708',
  sequence: pid,
  foundAt: '2026-11-21T03:04:05.123456Z',
  execId: `11111111-1111-4111-8111-111111111111:${pid}:100`,
  count: 1,
  evidence: {
    reason: 'It did',
    saw: Object.entries(facts).map(([label, value]) => ({ label, value })),
    usual: [],
    ancestry: [],
  },
});

test('what all findings share is left out, what one of them has alone is not', () => {
  const differences = findingDifferences([
    finding(7, { Executed: 'x', User: 'root' }),
    finding(7, { Executed: 'x', User: 'ada' }),
    finding(8, { Executed: 'x', User: 'root', 'Working directory': '/tmp' }),
  ]);
  assert.deepEqual(
    differences.map(each => each.map(({ label, value }) => `${label} ${value}`).join(', ')),
    ['User root, pid 7', 'User ada, pid 7', 'User root, Working directory /tmp, pid 8'],
  );
});

test('one finding differs from nothing, and equal ones do not differ', () => {
  assert.deepEqual(findingDifferences([finding(7, { User: 'root' })]), [[]]);
  assert.deepEqual(findingDifferences([finding(7, {}), finding(7, {})]), [[], []]);
});
