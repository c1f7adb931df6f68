import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isForged, sameOrigin } from './same-origin.ts';

const cases: [string, Record<string, string>, boolean][] = [
  ['a browser that says the page is our own', { 'sec-fetch-site': 'same-origin' }, true],
  [
    'a page of another port on this host',
    { 'sec-fetch-site': 'same-site', origin: 'http://h:9', host: 'h:3000' },
    false,
  ],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }, false],
  ['an older browser with our origin', { origin: 'http://h:3000', host: 'h:3000' }, true],
  ['an older browser with another origin', { origin: 'http://evil.example', host: 'h:3000' }, false],
  ['the sandboxed origin "null"', { origin: 'null', host: 'h:3000' }, false],
  ['a request that says nothing', { host: 'h:3000' }, false],
];

for (const [what, headers, expected] of cases) {
  test(`a write is ${expected ? 'accepted' : 'refused'} from ${what}`, () => {
    assert.equal(sameOrigin(new Headers(headers)), expected);
  });
}

test('another site may neither write with a session nor be in the way of a script that logs in', () => {
  const elsewhere = new Headers({ origin: 'http://evil.example', host: 'h:3000' });
  assert.equal(isForged('POST', elsewhere, true), true);
  assert.equal(isForged('DELETE', new Headers(), true), true);
  assert.equal(
    isForged('GET', elsewhere, true),
    false,
    'reads change nothing, and the browser keeps the answer from the other site',
  );
  assert.equal(isForged('POST', new Headers(), false), false, 'a script that has no token yet');
});
