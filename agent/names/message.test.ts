import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answer, question } from './message.fixture.ts';
import { parseMessage } from './message.ts';

const v4 = (...octets: number[]) => String.fromCharCode(...octets);

test('a question says what is asked for', () => {
  assert.deepEqual(parseMessage(question('Example.COM', 28, 0x1234)), {
    ...{ id: 0x1234, isAnswer: false, code: 0, name: 'example.com', type: 28, addresses: [] },
  });
});

test('an answer has the addresses at the end of its aliases, under the name that was asked for', () => {
  const message = answer('www.example.com', 1, [
    { alias: 'edge.example.net' },
    { address: v4(192, 0, 2, 1) },
    { address: v4(192, 0, 2, 2) },
  ]);
  const parsed = parseMessage(message)!;
  assert.deepEqual([parsed.isAnswer, parsed.name], [true, 'www.example.com']);
  assert.deepEqual(parsed.addresses, [v4(192, 0, 2, 1), v4(192, 0, 2, 2)]);
});

test('IPv6 addresses are 16 bytes; a name that does not exist has a code and none', () => {
  const six = '\x20\x01\x0d\xb8'.padEnd(16, '\0');
  assert.deepEqual(parseMessage(answer('a.example', 28, [{ address: six }]))?.addresses, [six]);
  const none = parseMessage(answer('no.example', 1, [], 3));
  assert.deepEqual([none?.code, none?.addresses], [3, []]);
});

test('a dot inside a label can’t be mistaken for one between labels, and bytes that are no text survive', () => {
  const message = question('x', 1, 1);
  const odd = Buffer.concat([message.subarray(0, 12), Buffer.from('\x04a.\xffB\x03com\0\0\x01\0\x01', 'latin1')]);
  assert.equal(parseMessage(odd)?.name, 'a\\.\xffb.com');
});

test('a name that leads to itself, forward or out of the message is none', () => {
  const head = question('x', 1, 1).subarray(0, 12);
  for (const name of ['\xc0\x0c', '\xc0\x0e\x01a', '\xc0\xff', '\x3f', '\x40', '\x05abc']) {
    assert.equal(
      parseMessage(Buffer.concat([head, Buffer.from(name, 'latin1'), Buffer.from([0, 1, 0, 1])])),
      undefined,
    );
  }
  const long = Buffer.from(`${'\x3f'.padEnd(64, 'a').repeat(5)}\0\0\x01\0\x01`, 'latin1');
  assert.equal(parseMessage(Buffer.concat([head, long])), undefined);
});

test('a message that was cut has the addresses before the cut', () => {
  const whole = answer('a.example', 1, [{ address: v4(1, 2, 3, 4) }, { address: v4(5, 6, 7, 8) }]);
  assert.deepEqual(parseMessage(whole.subarray(0, -1))?.addresses, [v4(1, 2, 3, 4)]);
});

test('whatever bytes come, the reading ends, and what it gives is bounded', () => {
  const valid = answer('www.example.com', 1, [{ alias: 'b.example' }, { address: v4(1, 2, 3, 4) }]);
  const spoiled = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 20 }).map(changes => {
    const bytes = Buffer.from(valid);
    for (const [at, value] of changes) bytes.writeUInt8(value, at);
    return bytes;
  });
  const rubbish = fc.uint8Array({ maxLength: 1_500 }).map(bytes => Buffer.from(bytes));
  const headed = rubbish.map(bytes => Buffer.concat([valid.subarray(0, 12), bytes]));
  fc.assert(
    fc.property(fc.oneof(spoiled, rubbish, headed), bytes => {
      const parsed = parseMessage(bytes);
      if (!parsed) return;
      assert.ok(parsed.name.length <= 510 && parsed.addresses.length <= 64);
      assert.ok(parsed.addresses.every(({ length }) => length === 4 || length === 16));
    }),
    { numRuns: 2_000 },
  );
});
