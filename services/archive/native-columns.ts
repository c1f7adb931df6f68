/**
 * Columns of ClickHouse's Native format, filled row by row in place and written out as bytes.
 *
 * A block is: number of columns, number of rows (LEB128), then for each column its name, its type (length-prefixed)
 * and its data. (ClickHouse, docs/en/interfaces/formats.md "Native"; src/Formats/NativeWriter.cpp)
 *
 * The arrays are public and grow only in `reserve`: the loop that fills them stores straight into them.
 */

export interface NativeColumn {
  /** ClickHouse's name of the type. */
  readonly type: string;
  /** Room for so many rows. */
  reserve(rows: number): void;
  /** Data of the first `rows` rows, in pieces: views into the column, good until it is filled again. */
  data(rows: number): Uint8Array[];
  /** Forgets all rows. */
  clear(): void;
}

type Integers = Uint8Array | Uint16Array | Uint32Array | Int32Array;

const integerTypes = {
  UInt8: Uint8Array,
  UInt16: Uint16Array,
  UInt32: Uint32Array,
  Int32: Int32Array,
} as const;

/** A column under its name in the table. */
export type NamedColumn = readonly [name: string, column: NativeColumn];

/** Integers of at most 32 bits; the typed array cuts what does not fit. */
export class IntegerColumn implements NativeColumn {
  readonly type: keyof typeof integerTypes;
  values: Integers;

  constructor(type: keyof typeof integerTypes) {
    this.type = type;
    this.values = new integerTypes[type](0);
  }

  reserve(rows: number): void {
    if (rows <= this.values.length) return;
    const grown = new integerTypes[this.type](capacity(rows));
    grown.set(this.values);
    this.values = grown;
  }

  data(rows: number): Uint8Array[] {
    return [bytesOf(this.values.subarray(0, rows))];
  }

  clear(): void {
    // Every row is stored anew.
  }
}

/** 64- and 128-bit values as 32-bit words, low word first: stored without a BigInt. */
export class WordsColumn implements NativeColumn {
  readonly type: string;
  /** Words in a row. */
  readonly width: number;
  words = new Uint32Array(0);

  constructor(type: 'UInt64' | 'Int64' | "DateTime64(6, 'UTC')" | 'UUID' | 'IPv6') {
    this.type = type;
    this.width = type === 'UUID' || type === 'IPv6' ? 4 : 2;
  }

  reserve(rows: number): void {
    if (rows * this.width <= this.words.length) return;
    const grown = new Uint32Array(capacity(rows) * this.width);
    grown.set(this.words);
    this.words = grown;
  }

  /** An integer in [0, 2^53]. */
  setNumber(row: number, value: number): void {
    this.words[2 * row] = value;
    this.words[2 * row + 1] = value / 0x1_0000_0000;
  }

  /** 8 bytes, the most significant first. */
  setBigEndian(row: number, bytes: Buffer): void {
    this.words[2 * row] = bytes.readUInt32BE(4);
    this.words[2 * row + 1] = bytes.readUInt32BE(0);
  }

  /** 16 bytes as they are written: in memory a UUID is two 64-bit halves, each with its least significant byte first. */
  setUuid(row: number, bytes: Buffer): void {
    this.words[4 * row] = bytes.readUInt32BE(4);
    this.words[4 * row + 1] = bytes.readUInt32BE(0);
    this.words[4 * row + 2] = bytes.readUInt32BE(12);
    this.words[4 * row + 3] = bytes.readUInt32BE(8);
  }

  /** This row's value for the `rows` rows from it on. */
  repeat(row: number, rows: number): void {
    const { width, words } = this;
    for (let at = (row + 1) * width; at < (row + rows) * width; at++) words[at] = words[at - width]!;
  }

  data(rows: number): Uint8Array[] {
    return [bytesOf(this.words.subarray(0, rows * this.width))];
  }

  clear(): void {
    // Every row is stored anew.
  }
}

/** Strings of any bytes, each with its length before it. */
export class StringColumn implements NativeColumn {
  readonly type = 'String';
  #bytes = new Uint8Array(0);
  #length = 0;

  /** Bytes of all rows. */
  get length(): number {
    return this.#length;
  }

  reserve(rows: number): void {
    // Each row takes a byte for its length at least; longer ones grow the array as they come.
    this.#room(Math.max(0, rows - this.#length));
  }

  push(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#room(length + 5);
    const to = this.#bytes;
    let at = writeLength(to, this.#length, length);
    // A loop is faster than a call of set for what paths are long.
    if (length > 64) to.set(bytes, at);
    else for (let i = 0; i < length; i++) to[at + i] = bytes[i]!;
    at += length;
    this.#length = at;
  }

  pushEmpty(): void {
    this.#room(1);
    this.#bytes[this.#length++] = 0;
  }

  data(): Uint8Array[] {
    return [this.#bytes.subarray(0, this.#length)];
  }

  clear(): void {
    this.#length = 0;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(capacity(this.#length + bytes));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** LowCardinality(String): a dictionary of the block's different strings, and a number for each row. */
export class DictionaryColumn implements NativeColumn {
  readonly type = 'LowCardinality(String)';
  rows = new Uint32Array(0);
  readonly #keys = new StringColumn();
  #known = new Map<string, number>();

  constructor() {
    this.clear();
  }

  reserve(rows: number): void {
    if (rows <= this.rows.length) return;
    const grown = new Uint32Array(capacity(rows));
    grown.set(this.rows);
    this.rows = grown;
  }

  /** The number that stands for these bytes in `rows`; 0 is the empty string. */
  key(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const key = this.#known.size;
    this.#known.set(name, key);
    this.#keys.push(bytes);
    return key;
  }

  data(rows: number): Uint8Array[] {
    const head = new DataView(new ArrayBuffer(24));
    // Version 1, shared dictionaries with additional keys; then: the keys follow here (bit 9), indexes are UInt32 (2).
    head.setBigUint64(0, 1n, true);
    head.setBigUint64(8, (1n << 9n) | 2n, true);
    head.setBigUint64(16, BigInt(this.#known.size), true);
    const count = new DataView(new ArrayBuffer(8));
    count.setBigUint64(0, BigInt(rows), true);
    return [bytesOf(head), ...this.#keys.data(), bytesOf(count), bytesOf(this.rows.subarray(0, rows))];
  }

  clear(): void {
    // Not cleared: V8 links the table of a cleared Map to the next one, and a dead old one keeps all after it until a full collection.
    this.#known = new Map();
    this.#keys.clear();
    // The type's default value is expected as the first key.
    this.#known.set('', 0);
    this.#keys.pushEmpty();
  }
}

/** Array(UInt16) from bytes, two a number, little endian as they came. */
export class PairsColumn implements NativeColumn {
  readonly type = 'Array(UInt16)';
  readonly #ends = new WordsColumn('UInt64');
  #bytes = new Uint8Array(0);
  #length = 0;

  reserve(rows: number): void {
    this.#ends.reserve(rows);
  }

  set(row: number, pairs: Uint8Array): void {
    const length = pairs.length & ~1;
    if (length > 0) {
      if (this.#length + length > this.#bytes.length) {
        const grown = new Uint8Array(capacity(this.#length + length));
        grown.set(this.#bytes.subarray(0, this.#length));
        this.#bytes = grown;
      }
      this.#bytes.set(pairs.subarray(0, length), this.#length);
      this.#length += length;
    }
    this.#ends.setNumber(row, this.#length / 2);
  }

  data(rows: number): Uint8Array[] {
    return [...this.#ends.data(rows), this.#bytes.subarray(0, this.#length)];
  }

  clear(): void {
    this.#length = 0;
  }
}

/** The block's bytes, copied out of the columns. */
export function nativeBlock(columns: readonly NamedColumn[], rows: number): Uint8Array {
  const pieces: Uint8Array[] = [lengths(columns.length, rows)];
  for (const [name, column] of columns) pieces.push(text(name), text(column.type), ...column.data(rows));
  return Buffer.concat(pieces);
}

function lengths(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(5 * values.length);
  let at = 0;
  for (const value of values) at = writeLength(bytes, at, value);
  return bytes.subarray(0, at);
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([lengths(bytes.length), bytes]);
}

/** LEB128; gives where it ends. */
function writeLength(to: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest >= 0x80) {
    to[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  to[at++] = rest;
  return at;
}

/** Room is doubled: a column of n rows was copied at most once a row on the average. */
const capacity = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(least, 1024)));

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
