import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatch, type EventBatchFields, EventKind, FileFlag } from '@picket/proto';
import fc from 'fast-check';
import { type Batch, decodeBatch } from './batch.ts';

const encode = (fields: EventBatchFields) => EventBatch.encode(fields).finish();

/** bash (pid 10) forked; its child became cat (pid 11), which read a file. */
const sample: EventBatchFields = {
  endpointId: '018f0000-0000-7000-8000-000000000001',
  bootId: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  streamId: Buffer.from('0102030405060708', 'hex'),
  firstSequence: 100,
  agentVersion: '0.1.0',
  losses: [{ name: 'ring.full', count: 3 }],
  strings: ['', '/bin/bash', '/bin/cat', 'cat\0/etc/hosts\0', '/etc/hosts', 'bad\xff'].map(text =>
    Buffer.from(text, 'latin1'),
  ),
  processes: { pid: [10, 11, 11], startTicks: [500, 700, 700], parent: [0, 1, 1], exe: [1, 1, 2], args: [0, 0, 3] },
  kinds: [EventKind.PROCESS_FORK, EventKind.PROCESS_EXEC, EventKind.FILE_OPEN, 77, EventKind.FILE_OPEN],
  times: [1_700_000_000_000_000, 5, 5, 0, -1],
  process: [1, 3, 3, 3, 3],
  count: [1, 1, 4, 1, 1],
  forks: { child: [2] },
  execs: { previous: [2], asked: [2], argsBytes: [15] },
  files: { path: [4, 5], what: [FileFlag.FILE_READ, FileFlag.FILE_READ], result: [0, -13] },
};

const decode = (fields: EventBatchFields): Batch => {
  const decoded = decodeBatch(encode(fields));
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.detail);
  return decoded.batch;
};

test('events come out with their times, processes and ancestors', () => {
  const batch = decode(sample);
  const exec = batch.event(1);
  assert.equal(exec.kind, 'process.executed');
  assert.equal(exec.sequence, 101);
  assert.equal(exec.time, 1_700_000_000_000_005);
  assert.equal(exec.process.exe, '/bin/cat');
  assert.deepEqual(exec.process.args, ['cat', '/etc/hosts']);
  assert.equal(exec.process.parent?.exe, '/bin/bash');
  assert.equal(exec.process.execId, '00112233-4455-6677-8899-aabbccddeeff:11:700');
  assert.equal(exec.kind === 'process.executed' && exec.previous?.exe, '/bin/bash');
  const open = batch.event(2);
  assert.ok(
    open.kind === 'file.opened' && open.path === '/etc/hosts' && open.asked === '/etc/hosts' && open.count === 4,
  );
  const denied = batch.event(4);
  assert.ok(denied.kind === 'file.opened' && denied.path === 'bad\\xff' && denied.result === -13);
});

test('a connection that is over says what it carried; of an older agent every count is zero', () => {
  const kinds = [EventKind.NETWORK_CONNECT, EventKind.NETWORK_CLOSE, EventKind.NETWORK_RESOLVE];
  const ends = { family: [4, 4, 4], protocol: [6, 6, 17], remotePort: [443, 443, 53], domain: [4, 4, 5] };
  const network = { ...ends, sent: [0, 10, 0], received: [0, 2 ** 40, 0], runMicros: [0, 5, 0] };
  const events = { ...sample, kinds, times: [1, 1, 1], process: [1, 1, 1], count: [1, 7, 1] };
  const own = { ...events, files: null, execs: null, forks: null };
  const [connected, closed, resolved] = [0, 1, 2].map(at => decode({ ...own, network }).event(at));
  assert.ok(connected?.kind === 'network.connected' && connected.domain === '/etc/hosts');
  assert.ok(closed?.kind === 'network.closed' && closed.count === 7 && closed.domain === '/etc/hosts');
  assert.deepEqual([closed.sent, closed.received, closed.runMicros], [10, 2 ** 40, 5]);
  assert.ok(resolved?.kind === 'network.resolved' && resolved.domain === 'bad\\xff');
  const older = decode({ ...own, network: ends }).event(1);
  assert.ok(older.kind === 'network.closed' && older.sent === 0);
});

test('a kind and a field of a newer agent are kept and counted', () => {
  const newer = Buffer.concat([encode(sample), Buffer.from([0x82, 0x7d, 3, 1, 2, 3])]);
  const decoded = decodeBatch(newer);
  assert.ok(decoded.ok);
  assert.equal(decoded.batch.unknownKinds, 1);
  assert.deepEqual(decoded.batch.event(3), { ...decoded.batch.event(3), kind: 'unknown', kindNumber: 77 });
  assert.deepEqual(decoded.batch.unknownFields.map(Buffer.from), [Buffer.from([0x82, 0x7d, 3, 1, 2, 3])]);
});

test('parents that form a ring end', () => {
  const batch = decode({ ...sample, processes: { ...sample.processes, parent: [2, 1, 1] } });
  let depth = 0;
  for (let process = batch.process(1); process; process = process.parent) depth++;
  assert.ok(depth <= 70, `${depth} ancestors`);
});

test('each broken column is named with what was expected and found', () => {
  const broken: [EventBatchFields, RegExp][] = [
    [{ ...sample, endpointId: 'x' }, /^endpoint_id: a UUID expected, "x" found$/],
    [{ ...sample, bootId: Buffer.alloc(3) }, /^boot_id: 16 bytes expected, 3 found$/],
    [{ ...sample, streamId: Buffer.alloc(0) }, /^stream_id: 8 bytes/],
    [{ ...sample, times: [1, 2] }, /^times: 5 entries expected, 2 found$/],
    [{ ...sample, times: [1, -5, 1, 1, 1] }, /^times\[1\]: microseconds since 1970 expected, -4 found$/],
    [{ ...sample, process: [1, 3, 3, 3, 4] }, /^process\[4\]: less than 4 expected, 4 found$/],
    [{ ...sample, files: { path: [4, 6] } }, /^files.path\[1\]: less than 6 expected, 6 found$/],
    [{ ...sample, files: { path: [4] } }, /^files.path: 2 entries expected, 1 found$/],
    [{ ...sample, processes: { ...sample.processes, exe: [9, 0, 0] } }, /^processes.exe\[0\]: less than 6/],
    [
      { ...sample, strings: [Buffer.from('a')], kinds: [77], times: [1], process: [0], count: [1] },
      /^strings: entry 0/,
    ],
    [
      { ...sample, kinds: new Array(70_000).fill(77) },
      /^kinds: at most 65536 expected|^kinds: at most 65536 events expected/,
    ],
  ];
  for (const [fields, detail] of broken) {
    const decoded = decodeBatch(encode(fields));
    assert.ok(!decoded.ok, String(detail));
    assert.match(decoded.detail, detail);
  }
});

test('a column that an older agent does not know reads as zeros', () => {
  const batch = decode({ ...sample, files: { path: [4, 5] } });
  const open = batch.event(2);
  assert.ok(open.kind === 'file.opened' && open.result === 0 && open.inode === 0);
});

test('no bytes crash the decoder, and what it takes can be read to the end', () => {
  const good = encode(sample);
  const mutated = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map(edits => edits.reduce((bytes, [at, value]) => bytes.fill(value, at, at + 1), Uint8Array.from(good)));
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), bytes => {
      const decoded = decodeBatch(bytes);
      if (!decoded.ok) return decoded.detail.length > 0;
      for (let i = 0; i < decoded.batch.length; i++) decoded.batch.event(i);
      return true;
    }),
    { numRuns: 2000 },
  );
});

test('a string that stands in so many rows that a block of them would not fit into memory is malformed', () => {
  const many = 8_000;
  const each = <T>(value: T) => new Array<T>(many).fill(value);
  const rows = { ...sample, strings: ['', '/'.repeat(5_000)].map(text => Buffer.from(text)), ...noTables };
  const events = { times: each(1), process: each(1), count: each(1) };
  const image = { pid: [1], startTicks: [1], parent: [0], exe: [1], args: [1] };
  const opens = { ...rows, ...events, processes: image, kinds: each<number>(EventKind.FILE_OPEN) };
  const images = { pid: each(1), startTicks: each(1), args: each(1) };
  const tooMany: [what: string, EventBatchFields][] = [
    ['opened paths', { ...opens, files: { path: each(1) } }],
    ['asked paths', { ...opens, files: { asked: each(1) } }],
    ['arguments of an exec', { ...opens, kinds: each<number>(EventKind.PROCESS_EXEC), execs: { result: each(0) } }],
    ['arguments of images', { ...opens, files: {}, processes: images }],
  ];
  for (const [what, fields] of tooMany) {
    const decoded = decodeBatch(encode(fields));
    assert.match(decoded.ok ? 'decoded' : decoded.detail, /^rows: at most 33554432 bytes/, what);
  }
  decode({ ...opens, strings: ['', '/'.repeat(4_000)].map(text => Buffer.from(text)), files: { path: each(1) } });
});

const noTables = { forks: null, execs: null, files: null };
