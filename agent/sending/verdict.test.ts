import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, type Verdict } from './verdict.ts';

const judged = (status: number, reason = '', retryAfter?: string): Verdict =>
  judge({ status, reason, detail: '', retryAfter }, 0);

test('each answer of the server means one thing for the batch', () => {
  const cases: [number, string, Verdict['kind']][] = [
    [202, '', 'accepted'],
    [200, '', 'accepted'],
    [429, 'rate-limited', 'again'],
    [503, 'unavailable', 'again'],
    [503, 'disk-full', 'again'],
    [409, 'replayed', 'again'],
    [408, '', 'again'],
    [502, '', 'again'],
    [401, 'signature-invalid', 'refused'],
    [401, 'unknown-endpoint', 'refused'],
    [401, 'clock-skew', 'refused'],
    [403, 'key-revoked', 'refused'],
    [403, '', 'refused'],
    [404, '', 'refused'],
    [301, '', 'refused'],
    [400, 'malformed', 'unacceptable'],
    [400, 'bad-encoding', 'unacceptable'],
    [413, 'too-large', 'unacceptable'],
    [413, '', 'unacceptable'],
  ];
  for (const [status, reason, kind] of cases) assert.equal(judged(status, reason).kind, kind, `${status} ${reason}`);
});

test('what only a person can mend comes with what to do', () => {
  const revoked = judged(403, 'key-revoked');
  assert.ok(revoked.kind === 'refused');
  assert.match(revoked.advice, /rotate it in the dashboard/);
  const elsewhere = judged(404);
  assert.ok(elsewhere.kind === 'refused');
  assert.match(elsewhere.advice, /address of Picket’s ingress/);
});

test('a busy server says how long to wait', () => {
  const verdict = judged(503, 'unavailable', '7');
  assert.ok(verdict.kind === 'again');
  assert.equal(verdict.waitMillis, 7000);
});
