import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segments, visible } from './visible-text.ts';

const cases: [string, string, string][] = [
  ['/etc/shadow', '/etc/shadow', 'an ordinary path stays as it is'],
  ['/tmp/a b', '/tmp/a b', 'so does a space'],
  ['/home/žofie/日本語', '/home/žofie/日本語', 'so do letters of any script'],
  ['a\nb\tc\0', 'a\\nb\\tc\\0', 'line breaks, tabs and NUL'],
  ['\x1b[2J', '\\x1b[2J', 'a terminal sequence'],
  ['invoice\u202excod.sh', 'invoice\\u202excod.sh', 'a mark that reverses the reading direction'],
  ['pass\u200bwd', 'pass\\u200bwd', 'a zero-width space'],
  ['a\u00a0b', 'a\\u00a0b', 'a blank that is not the space'],
  ['x\ud800y', 'x\\ud800y', 'half a surrogate pair'],
  ['\u{e0041}', '\\u{e0041}', 'an invisible tag character'],
];

for (const [text, expected, why] of cases) {
  test(`shown visibly: ${why}`, () => assert.equal(visible(text), expected));
}

test('an escape is told apart from the same letters typed out', () => {
  assert.deepEqual(segments('a\n\\n'), [
    { text: 'a', escaped: false },
    { text: '\\n', escaped: true },
    { text: '\\n', escaped: false },
  ]);
});
