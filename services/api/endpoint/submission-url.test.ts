import assert from 'node:assert/strict';
import { test } from 'node:test';
import { submissionUrlFor, usualSubmissionUrl, withSubmissionPath } from './submission-url.ts';

const cases: readonly [origin: string, url: string][] = [
  ['http://picket.example:3001', 'http://picket.example:5001/submit_logs'],
  ['https://192.0.2.1', 'http://192.0.2.1:5001/submit_logs'],
  ['http://[2001:db8::1]:3001', 'http://[2001:db8::1]:5001/submit_logs'],
  ['http://', 'http://localhost:5001/submit_logs'],
  ['http://a b', 'http://localhost:5001/submit_logs'],
  // The URL parser drops line ends; what is left is no host name.
  ['http://evil\nkey=x', 'http://localhost:5001/submit_logs'],
  ['http://-bad-', 'http://localhost:5001/submit_logs'],
];
test('agents submit to the host that the admin asked, at the port of ingress; what is no host name is not used', () => {
  for (const [origin, url] of cases) assert.equal(submissionUrlFor(origin, 5001), url, origin);
});

test('an operator may leave the path out of the address of ingress', () => {
  assert.equal(withSubmissionPath('https://picket.example'), 'https://picket.example/submit_logs');
  assert.equal(withSubmissionPath('http://a:5001/x/submit_logs'), 'http://a:5001/x/submit_logs');
});

test('what the operator configured goes before the host that was asked for', () => {
  const origin = 'http://10.0.0.1:3000';
  const publicIngressUrl = 'https://picket.example';
  assert.equal(
    usualSubmissionUrl(origin, { ingressPort: 5001, publicIngressUrl }),
    'https://picket.example/submit_logs',
  );
  assert.equal(usualSubmissionUrl(origin, { ingressPort: 5101 }), 'http://10.0.0.1:5101/submit_logs');
});
