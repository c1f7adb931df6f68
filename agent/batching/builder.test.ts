import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatch, EventKind, FileFlag } from '@picket/proto';
import fc from 'fast-check';
import { type ProcessImage, unknownImage } from '../processes/image.ts';
import type { Open } from '../sensor/event.ts';
import { BatchBuilder, type Envelope } from './builder.ts';

const envelope: Envelope = {
  endpointId: '018f0000-0000-7000-8000-000000000001',
  bootId: Buffer.alloc(16, 1),
  streamId: Buffer.alloc(8, 2),
  firstSequence: 7,
  agentVersion: '0.1.0',
};
const common = { time: 1_700_000_000_000_000, pid: 10, startTicks: 100, count: 1 };
const open = (path: string, more: Partial<Open> = {}): Open => ({
  ...{ kind: 'open', ...common, path, asked: '', flags: 0, what: FileFlag.FILE_READ, device: 1, inode: 2, result: 0 },
  ...more,
});
const process = (pid: number, parent?: ProcessImage): ProcessImage => ({
  ...unknownImage(pid, 100),
  exe: `/bin/${pid}`,
  parent,
});
const decode = (builder: BatchBuilder) => EventBatch.decode(builder.encode(envelope));
const text = (batch: EventBatch, ref: number | undefined) => Buffer.from(batch.strings[ref!]!).toString('latin1');

test('an event of each kind comes out of the wire as it went in', () => {
  const builder = new BatchBuilder(100);
  const parent = process(1);
  const actor = process(10, parent);
  const network = {
    ...common,
    family: 4,
    protocol: 6,
    localAddress: '\x7f\0\0\x01',
    localPort: 4000,
    result: -111,
    what: 256,
    domain: 'www.example.com',
  } as const;
  const image = { ...actor, parentPid: 1, parentTicks: 100, argsBytes: 33, file: undefined };
  builder.add({ kind: 'exec', ...common, image, asked: 'ls', loaderCut: false }, actor, parent);
  builder.add({ kind: 'fork', ...common, childPid: 11, childTicks: 101 }, actor, process(11, actor));
  builder.add({ kind: 'exit', ...common, code: 3, signal: 9, runMicros: 1.6 }, actor);
  builder.add(open('/etc/shadow', { result: -13, count: 5 }), actor);
  builder.add({ kind: 'listen', ...network, remoteAddress: '', remotePort: 0 }, actor);
  builder.add(
    {
      ...{ kind: 'close', ...network, remoteAddress: '', remotePort: 0, accepted: true },
      ...{ sent: 10, received: 2 ** 40, runMicros: 5 },
    },
    actor,
  );
  builder.add({ kind: 'unix-connect', ...common, path: '\0abstract', result: 0, what: 0 }, actor);
  builder.add({ kind: 'syscalls', ...common, thread: 12, unseen: 2, numbers: Uint8Array.from([1, 0, 60, 0]) }, actor);
  const batch = decode(builder);
  assert.deepEqual([...batch.kinds], [1, 2, 3, 4, EventKind.NETWORK_LISTEN, EventKind.NETWORK_CLOSE, 9, 10]);
  assert.deepEqual([...batch.times], [common.time, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...batch.count], [1, 1, 1, 5, 1, 1, 1, 1]);
  const processes = batch.processes!;
  const row = batch.process[0]! - 1;
  assert.equal(text(batch, processes.exe![row]), '/bin/10');
  assert.equal(text(batch, processes.exe![processes.parent![row]! - 1]), '/bin/1');
  assert.equal(processes.pid![batch.execs!.previous![0]! - 1], 1);
  assert.equal(processes.pid![batch.forks!.child![0]! - 1], 11);
  assert.deepEqual([batch.execs!.argsBytes![0], text(batch, batch.execs!.asked![0])], [33, 'ls']);
  assert.deepEqual([batch.exits!.code![0], batch.exits!.signal![0], batch.exits!.runMicros![0]], [3, 9, 2]);
  assert.deepEqual([text(batch, batch.files!.path![0]), batch.files!.result![0]], ['/etc/shadow', -13]);
  assert.deepEqual(
    [text(batch, batch.network!.localAddress![0]), batch.network!.remoteAddress![0]],
    ['\x7f\0\0\x01', 0],
  );
  assert.deepEqual([...batch.network!.what!], [256, 256]);
  assert.deepEqual(
    [[...batch.network!.sent!], [...batch.network!.received!]],
    [
      [0, 10],
      [0, 2 ** 40],
    ],
  );
  assert.equal(text(batch, batch.network!.domain![0]), 'www.example.com');
  assert.equal(text(batch, batch.unix!.path![0]), '\0abstract');
  assert.deepEqual(Buffer.from(batch.syscalls!.numbers![0]!), Buffer.from([1, 0, 60, 0]));
  assert.deepEqual(batch.syscalls!.unseen, [2]);
});

test('paths come out byte for byte, each once in the dictionary, behind the empty string', () => {
  const path = fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 })
    .map(bytes => String.fromCharCode(...bytes));
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 50 }), paths => {
      const builder = new BatchBuilder(100);
      for (const each of paths) builder.add(open(each), process(1));
      const batch = decode(builder);
      assert.deepEqual(
        batch.files!.path!.map(ref => text(batch, ref)),
        paths,
      );
      assert.equal(batch.strings[0]!.length, 0);
      const strings = batch.strings.map(bytes => Buffer.from(bytes).toString('latin1'));
      assert.equal(new Set(strings).size, strings.length);
    }),
  );
});

test('times that go backwards and processors that disagree are kept as they are', () => {
  const builder = new BatchBuilder(10);
  for (const time of [1_700_000_000_000_005, 1_700_000_000_000_001, 1_700_000_000_000_001.5])
    builder.add(open('/', { time }), process(1));
  assert.deepEqual([...decode(builder).times], [1_700_000_000_000_005, -4, 1]);
});

test('a lineage is sent 16 ancestors deep, and each process once', () => {
  const builder = new BatchBuilder(10);
  let leaf: ProcessImage | undefined;
  for (let pid = 1; pid <= 40; pid++) leaf = process(pid, leaf);
  builder.add(open('/a'), leaf!);
  builder.add(open('/b'), leaf!);
  const { processes } = decode(builder);
  assert.deepEqual(
    [...processes!.pid!],
    Array.from({ length: 17 }, (_, i) => 40 - i),
  );
  assert.equal(processes!.parent!.at(-1), 0);
  let ancestor = leaf!;
  while (ancestor.pid > 24) ancestor = ancestor.parent!;
  builder.add(open('/c'), ancestor);
  assert.equal(Math.min(...decode(builder).processes!.pid!), 8);
});

test('a builder that was cleared starts anew, with the same processes', () => {
  const builder = new BatchBuilder(10);
  const actor = process(1);
  builder.add(open('/first'), actor);
  builder.clear();
  builder.add(open('/second'), actor);
  const batch = decode(builder);
  assert.equal(batch.kinds.length, 1);
  assert.deepEqual([...batch.processes!.pid!], [1]);
  assert.equal(
    batch.strings.some(bytes => Buffer.from(bytes).toString() === '/first'),
    false,
  );
});

test('two builders at once do not take each other’s process refs', () => {
  const [one, two] = [new BatchBuilder(10), new BatchBuilder(10)];
  const [a, b] = [process(1), process(2)];
  one.add(open('/x'), a);
  one.add(open('/x'), b);
  two.add(open('/x'), b);
  assert.deepEqual([...decode(two).processes!.pid!], [2]);
});

test('a batch is full at its number of events, or when its strings get large', () => {
  const builder = new BatchBuilder(3);
  for (let i = 0; i < 3; i++) builder.add(open('/'), process(1));
  assert.ok(builder.full);
  const long = new BatchBuilder(1000);
  for (let i = 0; i < 300; i++) long.add(open(`${i}`.padEnd(4096, 'x')), process(1));
  assert.ok(long.full);
});

test('a number that JavaScript cannot hold exactly is sent as 0', () => {
  const builder = new BatchBuilder(3);
  builder.add(open('/', { inode: 2 ** 60 }), process(1));
  assert.equal(decode(builder).files!.inode![0], 0);
});

test('a batch is full before its rows, each with its own paths and arguments, are more than a server takes', () => {
  const long = '/'.repeat(4_000);
  const oneProcess = { ...process(10), args: long };
  const image = { ...oneProcess, parentPid: 1, parentTicks: 100, argsBytes: 4_000, file: undefined };
  const exec = { kind: 'exec', ...common, image, asked: long, loaderCut: false } as const;
  const adding: Record<string, (to: BatchBuilder, i: number) => void> = {
    'the same path opened again': to => to.add(open(long, { asked: long }), oneProcess),
    'the same program run again': to => to.add(exec, oneProcess),
    'processes with the same arguments': (to, i) => to.add(open('/a'), { ...process(i), args: long }),
  };
  for (const [what, add] of Object.entries(adding)) {
    const builder = new BatchBuilder(20_000);
    let events = 0;
    while (!builder.full) add(builder, events++);
    assert.ok(events < 3_000, `${what}: ${events} events`);
    builder.clear();
    assert.equal(builder.full, false);
  }
});
