import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DictionaryColumn,
  IntegerColumn,
  type NativeColumn,
  nativeBlock,
  PairsColumn,
  StringColumn,
  WordsColumn,
} from './native-columns.ts';

const dataOf = (column: NativeColumn, rows: number): Buffer => Buffer.concat(column.data(rows));

/** What stands at `at` as LEB128, and where it ends. */
function length(bytes: Buffer, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0, i = at; ; shift += 7, i++) {
    value += (bytes[i]! & 0x7f) * 2 ** shift;
    if (bytes[i]! < 0x80) return [value, i + 1];
  }
}

function strings(bytes: Buffer, count: number, from = 0): [texts: Buffer[], end: number] {
  const texts: Buffer[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    const [size, start] = length(bytes, at);
    texts.push(bytes.subarray(start, start + size));
    at = start + size;
  }
  return [texts, at];
}

const anyBytes = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes));

test('strings of any bytes and lengths are written with their lengths', () => {
  fc.assert(
    fc.property(fc.array(anyBytes, { maxLength: 50 }), texts => {
      const column = new StringColumn();
      column.reserve(texts.length);
      for (const text of texts) text.length === 0 ? column.pushEmpty() : column.push(text);
      const data = dataOf(column, texts.length);
      assert.deepEqual(strings(data, texts.length), [texts, data.length]);
    }),
  );
});

test('a dictionary holds each string once, the empty one first, and each row finds its own', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('', 'a', 'é', '/usr/bin/cat', '\xff\xfe'), { maxLength: 50 }), texts => {
      const column = new DictionaryColumn();
      column.reserve(texts.length);
      for (const [row, text] of texts.entries()) column.rows[row] = column.key(Buffer.from(text, 'latin1'));
      const data = dataOf(column, texts.length);
      assert.equal(data.readBigUint64LE(0), 1n);
      assert.equal(data.readBigUint64LE(8), 0x202n);
      const keys = Number(data.readBigUint64LE(16));
      assert.equal(keys, new Set(['', ...texts]).size);
      const [dictionary, end] = strings(data, keys, 24);
      assert.equal(dictionary[0]!.length, 0);
      assert.equal(Number(data.readBigUint64LE(end)), texts.length);
      const read = texts.map((_, row) => dictionary[data.readUInt32LE(end + 8 + 4 * row)]!.toString('latin1'));
      assert.deepEqual(read, texts);
    }),
  );
});

test('integers up to 2^53 are written whole, without a BigInt', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat(), { maxLength: 50 }), values => {
      const column = new WordsColumn('UInt64');
      column.reserve(values.length);
      for (const [row, value] of values.entries()) column.setNumber(row, value);
      const data = dataOf(column, values.length);
      assert.deepEqual(
        values.map((_, row) => Number(data.readBigUint64LE(8 * row))),
        values,
      );
    }),
  );
});

test('a UUID is two halves, each with its least significant byte first', () => {
  const column = new WordsColumn('UUID');
  column.reserve(3);
  column.setUuid(0, Buffer.from('00112233445566778899aabbccddeeff', 'hex'));
  column.repeat(0, 3);
  assert.equal(dataOf(column, 3).toString('hex'), '7766554433221100ffeeddccbbaa9988'.repeat(3));
});

test('pairs are written with where each row ends; an odd byte at the end is left out', () => {
  const column = new PairsColumn();
  column.reserve(3);
  column.set(0, Buffer.from([1, 0, 2, 1, 9]));
  column.set(1, new Uint8Array(0));
  column.set(2, Buffer.from([3, 0]));
  const data = dataOf(column, 3);
  assert.deepEqual(
    [0, 1, 2].map(row => Number(data.readBigUint64LE(8 * row))),
    [2, 2, 3],
  );
  assert.equal(data.subarray(24).toString('hex'), '010002010300');
});

test('a block says how many columns and rows it has, and each column its name and type', () => {
  const column = new IntegerColumn('UInt16');
  column.reserve(2);
  column.values[0] = 1;
  column.values[1] = 0x1_0002;
  const block = Buffer.from(nativeBlock([['port', column]], 2));
  assert.equal(block.toString('latin1'), '\x01\x02\x04port\x06UInt16\x01\x00\x02\x00');
});

test('a column that was cleared begins anew', () => {
  const [text, dictionary] = [new StringColumn(), new DictionaryColumn()];
  text.push(Buffer.from('old'));
  dictionary.key(Buffer.from('old'));
  text.clear();
  dictionary.clear();
  text.push(Buffer.from('new'));
  assert.equal(dataOf(text, 1).toString(), '\x03new');
  assert.equal(dictionary.key(Buffer.from('new')), 1);
});
