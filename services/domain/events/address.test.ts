import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressText } from './address.ts';

const v6 = (groups: number[]) => Uint8Array.from(groups.flatMap(group => [group >> 8, group & 255]));

test('addresses read as RFC 5952 writes them', () => {
  const cases: [Uint8Array, string][] = [
    [Uint8Array.from([192, 0, 2, 1]), '192.0.2.1'],
    [v6([0, 0, 0, 0, 0, 0, 0, 1]), '::1'],
    [v6([0, 0, 0, 0, 0, 0, 0, 0]), '::'],
    [v6([0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]), '2001:db8:0:1:1:1:1:1'],
    [v6([0x2001, 0, 0, 1, 0, 0, 0, 1]), '2001:0:0:1::1'],
    [v6([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]), '192.0.2.1'],
    [new Uint8Array(0), ''],
    [new Uint8Array(5), ''],
  ];
  for (const [bytes, text] of cases) assert.equal(addressText(bytes), text);
});

test('every IPv6 address is written as a URL writes it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), groups => {
      const text = addressText(v6(groups));
      if (!isIPv6(text)) return text.includes('.');
      return new URL(`http://[${text}]`).hostname === `[${text}]`;
    }),
  );
});
