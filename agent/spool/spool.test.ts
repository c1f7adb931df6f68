import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Spool, type SpoolOptions, type StoredBatch } from './spool.ts';

const root = mkdtempSync(join(tmpdir(), 'picket-spool-'));
after(() => rmSync(root, { recursive: true }));

let folders = 0;
let streams = 0;
const boot = 'b'.repeat(32);

/** A spool in a folder of its own, and what it counted as lost. `crash` leaves the files as kill -9 does. */
function setUp(capacity = 2 ** 20, folder = join(root, String(++folders))) {
  const lost: Record<string, number> = {};
  const options: SpoolOptions = {
    folder,
    capacity,
    boot,
    newStream: () => (++streams).toString(16).padStart(16, '0'),
    lose: (name, events) => {
      lost[name] = (lost[name] ?? 0) + events;
    },
  };
  const open = (more: Partial<SpoolOptions> = {}) => new Spool({ ...options, ...more });
  const segments = () =>
    readdirSync(folder)
      .filter(name => name.endsWith('.segment'))
      .toSorted()
      .map(name => join(folder, name));
  return { folder, open, lost, segments };
}

const body = (text: string, size = 0) => Buffer.from(text.padEnd(size, '.'));
function put(spool: Spool, text: string, events = 1, size = 0): StoredBatch {
  const appended = spool.append(body(text, size), events);
  assert.ok(appended.ok);
  return appended.stored;
}
function texts(spool: Spool): string[] {
  const cursor = spool.cursor();
  const all: string[] = [];
  for (let read = cursor.next(); read; read = cursor.next()) all.push(read.body.toString().replace(/\.+$/, ''));
  cursor.close();
  return all;
}

test('batches come out in the order they went in, numbered without holes', () => {
  const spool = setUp().open();
  assert.deepEqual(
    [put(spool, 'a', 3), put(spool, 'b', 2)].map(stored => stored.firstSequence),
    [0, 3],
  );
  assert.equal(spool.nextSequence, 5);
  assert.deepEqual(texts(spool), ['a', 'b']);
  assert.deepEqual([spool.unsentEvents, spool.unsentBatches], [5, 2]);
});

test('after a crash the stream goes on where it was, and what was not acknowledged is still there', () => {
  const { open } = setUp();
  const first = open();
  first.acknowledge(put(first, 'a', 3));
  put(first, 'b', 2);
  const second = open();
  assert.deepEqual([second.stream, second.nextSequence], [first.stream, 5]);
  assert.deepEqual(texts(second), ['b']);
  put(second, 'c');
  const third = open();
  assert.deepEqual([third.stream, third.nextSequence, third.unsentEvents], [first.stream, 6, 3]);
  assert.deepEqual(texts(third), ['b', 'c']);
});

test('an agent that stopped with everything sent goes on with the same stream', () => {
  const { open, segments } = setUp();
  const first = open();
  first.acknowledge(put(first, 'a', 3));
  first.close();
  const second = open();
  assert.deepEqual([second.stream, second.nextSequence, second.unsentEvents], [first.stream, 3, 0]);
  assert.equal(segments().length, 1);
});

test('a lost spool begins a new stream', () => {
  const { open, folder } = setUp();
  const first = open();
  put(first, 'a');
  rmSync(folder, { recursive: true });
  const second = open();
  assert.notEqual(second.stream, first.stream);
  assert.equal(second.nextSequence, 0);
});

test('after a reboot a new stream begins, since a power cut may have taken numbers that were given; the old batches are sent', () => {
  const { open } = setUp();
  const first = open();
  put(first, 'a', 3);
  const second = open({ boot: 'c'.repeat(32) });
  assert.notEqual(second.stream, first.stream);
  put(second, 'b');
  const cursor = second.cursor();
  assert.deepEqual(
    [cursor.next(), cursor.next()].map(read => [read?.stored.stream, read?.stored.boot]),
    [
      [first.stream, boot],
      [second.stream, 'c'.repeat(32)],
    ],
  );
});

test('numbers that the server has acknowledged are not given again, even when the end of the spool was cut off', () => {
  const { open, segments } = setUp();
  const first = open();
  const a = put(first, 'a');
  first.acknowledge(put(first, 'b'));
  truncateSync(segments()[0]!, a.end);
  assert.notEqual(open().stream, first.stream);
});

test('a full spool drops the oldest batches and counts their events, all but those that the memory sends', () => {
  const { open, lost, folder } = setUp(32_768);
  const spool = open({ heldInMemory: segment => (segment === 1 ? 2 : 0) });
  for (let i = 0; i < 100; i++) put(spool, `${i}`, 1, 1000);
  const left = texts(spool);
  assert.equal(left.at(-1), '99');
  assert.equal(lost['spool.full'], 100 - left.length - 2);
  assert.equal(spool.unsentEvents, left.length);
  const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  assert.ok(onDisk <= 32_768 + 40, `${onDisk} bytes`);
});

test('segments that are acknowledged give their room back', () => {
  const { open, segments } = setUp(32_768);
  const spool = open();
  let last = put(spool, '0', 1, 1000);
  for (let i = 1; i < 20; i++) last = put(spool, `${i}`, 1, 1000);
  assert.ok(segments().length > 3);
  spool.acknowledge(last);
  assert.equal(segments().length, 1);
  assert.deepEqual(texts(spool), []);
});

test('a disk that refuses begins a new stream, and the spool goes on when the disk does', () => {
  const { open, folder, segments } = setUp(32_768);
  const spool = open();
  const before = spool.stream;
  renameSync(folder, `${folder}-gone`);
  let appended = spool.append(body('x', 4000), 1);
  for (let i = 0; i < 10 && appended.ok; i++) appended = spool.append(body('x', 4000), 1);
  assert.ok(!appended.ok);
  assert.notEqual(spool.stream, before);
  const volatile = spool.stream;
  assert.deepEqual(spool.assign(5), { stream: volatile, boot, firstSequence: 0, events: 5 });
  assert.equal(spool.append(body('y'), 1).ok, false);
  assert.equal(spool.stream, volatile);
  renameSync(`${folder}-gone`, folder);
  const stored = put(spool, 'back');
  assert.deepEqual([stored.stream, stored.firstSequence], [volatile, 5]);
  assert.ok(segments().length > 0);
  assert.equal(open().nextSequence, 6);
});

/** A spool of `sizes.length` batches of 1, 2, 3, … events over several segments. */
function filled(sizes: readonly number[]) {
  const made = setUp(64 * 1024);
  const spool = made.open();
  for (const [i, size] of sizes.entries()) put(spool, `batch ${i} `, i + 1, size);
  return { ...made, stream: spool.stream, total: spool.nextSequence };
}
const sizes = fc.array(fc.integer({ min: 20, max: 3000 }), { minLength: 1, maxLength: 12 });
const isBatch = (text: string) => /^batch \d+ $/.test(text);

test('a spool cut at any place is read up to the cut, and no number is given twice for what was read', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), (lengths, place) => {
      const { open, segments, stream } = filled(lengths);
      const newest = segments().at(-1)!;
      const before = texts(open());
      const { size } = statSync(newest);
      truncateSync(newest, place % (size + 1));
      rmSync(segments().at(-1)!);
      const spool = open();
      const left = texts(spool);
      assert.ok(left.every((text, i) => isBatch(text) && text === before[i]));
      if (spool.stream === stream) {
        assert.equal(
          spool.nextSequence,
          left.reduce((sum, _, i) => sum + i + 1, 0),
        );
      }
      put(spool, 'new');
      assert.deepEqual(texts(spool), [...left, 'new']);
    }),
    { numRuns: 200 },
  );
});

test('a bit flipped at any place costs at most the batch it is in, and the cost is counted', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), fc.nat(7), (lengths, which, place, bit) => {
      const { open, segments, lost, total } = filled(lengths);
      const files = segments();
      const file = files[which % files.length]!;
      const bytes = readFileSync(file);
      bytes[place % bytes.length]! ^= 1 << bit;
      writeFileSync(file, bytes);
      const spool = open();
      const left = texts(spool);
      assert.ok(left.every(isBatch));
      assert.ok(left.length >= lengths.length - 1, `${left.length} of ${lengths.length}`);
      const kept = left.reduce((sum, text) => sum + Number(text.split(' ')[1]) + 1, 0);
      const counted = (lost['spool.damaged'] ?? 0) + (lost['spool.torn'] ?? 0);
      if (kept < total) assert.ok(counted > 0, JSON.stringify(lost));
      put(spool, 'new');
      assert.equal(texts(spool).at(-1), 'new');
    }),
    { numRuns: 300 },
  );
});

test('rubbish in place of any file is survived', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 3 }),
      fc.uint8Array({ maxLength: 80 }),
      (files, mark) => {
        const { open, folder } = setUp();
        open().close();
        for (const [i, bytes] of files.entries())
          writeFileSync(join(folder, `${String(i + 1).padStart(12, '0')}.segment`), bytes);
        writeFileSync(join(folder, 'acknowledged'), mark);
        const spool = open();
        put(spool, 'new');
        assert.deepEqual(texts(spool), ['new']);
      },
    ),
    { numRuns: 100 },
  );
});
