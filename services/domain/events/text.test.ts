import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable } from './text.ts';

test('valid UTF-8 is shown as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      assert.equal(printable(Buffer.from(text)), text.replace(/^\u{feff}/u, ''));
    }),
  );
});

test('each invalid byte is shown as its value, the text around it as text', () => {
  const cases: [number[], string][] = [
    [[0x61, 0xff, 0x62], 'a\\xffb'],
    [[0xc3], '\\xc3'],
    [[0xe2, 0x82, 0xac, 0xe2, 0x82], '€\\xe2\\x82'],
    [[0xc0, 0xaf], '\\xc0\\xaf'],
    [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
  ];
  for (const [bytes, text] of cases) assert.equal(printable(Uint8Array.from(bytes)), text);
});

test('any bytes give text', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), bytes => typeof printable(bytes) === 'string'));
});
