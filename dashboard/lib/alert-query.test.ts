import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertFilterSpec, alertQuery, isNarrowed } from './alert-query.ts';
import { readFilters } from './filters.ts';

const query = (address: string) => alertQuery(readFilters(alertFilterSpec, new URLSearchParams(address)));

test('the queue begins with what is still to be done, newest first', () => {
  assert.deepEqual(query(''), {
    status: ['open', 'in_progress'],
    severity: undefined,
    verdict: undefined,
    sort: 'lastSeen',
    order: 'desc',
  });
});

test('"all" asks for every status', () => assert.equal(query('status=all').status, undefined));

test('several severities are asked for at once', () => {
  assert.deepEqual(query('severity=low,critical').severity, ['critical', 'low']);
});

test('sorting does not narrow, a filter does', () => {
  assert.equal(isNarrowed({ sort: 'count', order: 'asc' }), false);
  assert.equal(isNarrowed({ search: 'x' }), true);
});
