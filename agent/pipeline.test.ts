import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Losses } from './health/losses.ts';
import { Pipeline, type PipelineOptions } from './pipeline.ts';
import { unknownExecutable } from './processes/executable.ts';
import { unknownImage } from './processes/image.ts';
import { ProcessTable } from './processes/table.ts';
import { accepted, Receiver, testKey } from './sending/receiver.fixture.ts';
import type { SensorEvent } from './sensor/event.ts';

const root = mkdtempSync(join(tmpdir(), 'picket-pipeline-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

const endpoint = '018f0000-0000-7000-8000-000000000001';
const open = (path: string): SensorEvent => ({
  ...{ kind: 'open', time: 1_700_000_000_000_000, pid: 5, startTicks: 50, count: 1, path, asked: '', flags: 0 },
  ...{ what: 1, device: 1, inode: 1, result: 0 },
});

interface Line {
  readonly level: string;
  readonly text: string;
  readonly why: unknown;
}

/** A receiver and what makes pipelines that submit to it, all on one spool. */
async function setUp(t: TestContext) {
  const receiver = new Receiver();
  const api = await receiver.listen();
  const spoolFolder = join(root, String(++folders));
  const losses = new Losses();
  const lines: Line[] = [];
  const say = (level: string) => (fields: object | string, text?: string) => {
    lines.push({ level, text: text ?? String(fields), why: (fields as { why?: unknown }).why });
  };
  const log = { info: say('info'), warn: say('warn'), error: say('error') } as unknown as PipelineOptions['log'];
  const make = (more: Partial<PipelineOptions> = {}): Pipeline => {
    const processes = new ProcessTable({
      maskArgs: args => args,
      userName: () => '',
      executable: () => unknownExecutable,
      readProcess: pid => ({
        ...unknownImage(pid, 50),
        exe: '/bin/x',
        file: undefined,
        parentPid: 0,
        parentTicks: 0,
        argsBytes: 0,
      }),
      processOfThread: () => 0,
      readLoader: () => undefined,
      count: loss => losses.add(loss),
    });
    const pipeline = new Pipeline({
      transport: { api, id: endpoint, key: testKey },
      ...{
        batchSize: 10,
        bufferSize: 1000,
        flushMillis: 60_000,
        spoolFolder,
        spoolBytes: 2 ** 20,
        boot: 'ab'.repeat(16),
      },
      ...{ version: '0.1.0', processes, losses, log, bootMicros: () => 0 },
      ...{ retry: { firstMillis: 1, largestMillis: 2 }, refusedRetry: { firstMillis: 1, largestMillis: 2 } },
      ...more,
    });
    made.add(pipeline);
    return pipeline;
  };
  const made = new Set<Pipeline>();
  const close = (pipeline: Pipeline, graceMillis: number) => {
    made.delete(pipeline);
    return pipeline.close(graceMillis);
  };
  t.after(async () => {
    for (const pipeline of made) await close(pipeline, 0);
    await receiver.close();
  });
  return { receiver, make, close, losses, lines, spoolFolder };
}

/** The paths that the receiver accepted, in the order in which it did. */
const paths = (receiver: Receiver): string[] =>
  receiver.batches.flatMap(({ batch }) =>
    (batch.files?.path ?? []).map(ref => Buffer.from(batch.strings[ref]!).toString()),
  );
const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `/f${from + i}`);
const feed = (pipeline: Pipeline, given: readonly string[]) => {
  for (const path of given) pipeline.record(open(path));
};

test('events arrive signed, in order and numbered without holes; the batch size closes a batch', async t => {
  const { receiver, make } = await setUp(t);
  const pipeline = make();
  pipeline.start();
  feed(pipeline, numbered(25));
  pipeline.flush();
  await receiver.untilEvents(25);
  assert.deepEqual(paths(receiver), numbered(25));
  assert.deepEqual(
    receiver.batches.map(({ batch }) => [batch.firstSequence, batch.kinds.length]),
    [
      [0, 10],
      [10, 10],
      [20, 5],
    ],
  );
  const { batch, stream } = receiver.batches[0]!;
  assert.equal(batch.endpointId, endpoint);
  assert.equal(Buffer.from(batch.streamId).toString('hex'), stream);
  assert.equal(Buffer.from(batch.bootId).toString('hex'), 'ab'.repeat(16));
});

test('a clock that is set before a batch is sent moves its times, in memory and read back from the spool', async t => {
  const { receiver, make } = await setUp(t);
  let boot = 1_600_000_000_000_000;
  const pipeline = make({ bootMicros: () => boot, bufferSize: 10 });
  feed(pipeline, numbered(20));
  assert.equal(pipeline.backlog.memoryEvents, 10);
  boot += 600_000_000;
  pipeline.start();
  await receiver.untilEvents(20);
  feed(pipeline, numbered(10, 20));
  await receiver.untilEvents(30);
  assert.deepEqual(
    receiver.batches.map(({ batch }) => batch.times[0]! - 1_700_000_000_000_000),
    [600_000_000, 600_000_000, 0],
  );
});

test('a batch that is not full is sent when the flush interval is over', async t => {
  const { receiver, make } = await setUp(t);
  const pipeline = make({ flushMillis: 1 });
  pipeline.start();
  feed(pipeline, ['/one']);
  await receiver.untilEvents(1);
});

test('a server that is down gets everything when it is back, with a new nonce each time', async t => {
  const { receiver, make, close, lines } = await setUp(t);
  receiver.reply = () => (receiver.tries.length < 5 ? { status: 503, reason: 'unavailable' } : accepted);
  const pipeline = make();
  pipeline.start();
  feed(pipeline, numbered(20));
  await receiver.untilEvents(20);
  assert.deepEqual(paths(receiver), numbered(20));
  assert.equal(new Set(receiver.tries.map(({ nonce }) => nonce)).size, receiver.tries.length);
  await close(pipeline, 1000);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['warn', 'info'],
  );
});

test('Retry-After is honoured', async t => {
  const { receiver, make } = await setUp(t);
  receiver.reply = () =>
    receiver.tries.length < 2 ? { status: 429, reason: 'rate-limited', headers: { 'retry-after': '1' } } : accepted;
  const pipeline = make();
  pipeline.start();
  const start = performance.now();
  feed(pipeline, numbered(10));
  await receiver.untilEvents(10);
  assert.ok(performance.now() - start >= 990);
});

test('a batch that the server will never take is set aside and counted, and the next one goes out', async t => {
  const { receiver, make, losses, spoolFolder } = await setUp(t);
  receiver.reply = ({ batch }) => (batch.firstSequence === 10 ? { status: 400, reason: 'malformed' } : accepted);
  const pipeline = make();
  pipeline.start();
  feed(pipeline, numbered(30));
  await receiver.untilEvents(20);
  assert.deepEqual(paths(receiver), [...numbered(10), ...numbered(10, 20)]);
  assert.equal(losses.all()['submission.rejected'], 10);
  assert.equal(readdirSync(join(spoolFolder, 'rejected')).length, 1);
});

test('a revoked key is one clear line, and nothing is lost when it is valid again', async t => {
  const { receiver, make, close, lines } = await setUp(t);
  receiver.reply = () => (receiver.tries.length < 6 ? { status: 403, reason: 'key-revoked' } : accepted);
  const pipeline = make();
  pipeline.start();
  feed(pipeline, numbered(10));
  await receiver.untilEvents(10);
  await close(pipeline, 1000);
  const errors = lines.filter(({ level }) => level === 'error');
  assert.equal(errors.length, 1);
  assert.match(String(errors[0]!.why), /key-revoked/);
});

test('what is beyond the buffer size is only on disk, and still arrives in order', async t => {
  const { receiver, make, close } = await setUp(t);
  const pipeline = make({ bufferSize: 50 });
  feed(pipeline, numbered(300));
  assert.equal(pipeline.backlog.memoryEvents, 50);
  pipeline.start();
  feed(pipeline, numbered(100, 300));
  await receiver.untilEvents(400);
  assert.deepEqual(paths(receiver), numbered(400));
  await close(pipeline, 1000);
  assert.equal(pipeline.spool.unsentEvents, 0);
});

test('after a crash everything arrives, in the same stream and without a number given twice', async t => {
  const { receiver, make } = await setUp(t);
  const first = make();
  feed(first, numbered(30));
  // The first pipeline is left as kill -9 leaves it: nothing flushed, nothing closed.
  const second = make();
  feed(second, numbered(20, 30));
  second.start();
  await receiver.untilEvents(50);
  assert.deepEqual(paths(receiver), numbered(50));
  assert.equal(new Set(receiver.batches.map(({ stream }) => stream)).size, 1);
  assert.deepEqual(
    receiver.batches.map(({ batch }) => batch.firstSequence),
    [0, 10, 20, 30, 40],
  );
});

test('what a stopped agent could not send is sent by the next', async t => {
  const { receiver, make, close } = await setUp(t);
  receiver.reply = () => ({ status: 503 });
  const first = make();
  first.start();
  feed(first, numbered(15));
  await receiver.untilTries(1);
  await close(first, 20);
  receiver.reply = () => accepted;
  const second = make();
  second.start();
  await receiver.untilEvents(15);
  assert.deepEqual(paths(receiver), numbered(15));
});

test('a stop sends what is open, when the server takes it', async t => {
  const { receiver, make, close } = await setUp(t);
  const pipeline = make();
  pipeline.start();
  feed(pipeline, numbered(13));
  await close(pipeline, 10_000);
  assert.deepEqual(paths(receiver), numbered(13));
});

test('the last word of an agent that has nothing else to tell is kept for the next, and told before what that tells', async t => {
  const { receiver, make, close } = await setUp(t);
  receiver.reply = () => ({ status: 503 });
  const first = make();
  first.start();
  first.farewell({ hostname: 'first', stopping: { signal: 15 } });
  await receiver.untilTries(1);
  await close(first, 20);
  receiver.reply = () => accepted;
  const second = make();
  assert.deepEqual([second.spool.unsentBatches, second.spool.unsentEvents], [1, 0]);
  feed(second, numbered(3));
  second.beat({ hostname: 'second' });
  second.flush();
  second.start();
  await receiver.untilEvents(3);
  assert.deepEqual(
    receiver.batches.map(({ batch }) => [batch.heartbeat?.hostname, batch.firstSequence, batch.kinds.length]),
    [
      ['first', 0, 0],
      ['second', 0, 3],
    ],
  );
  await close(second, 1000);
  assert.equal(make().spool.unsentBatches, 0);
});

test('an idle agent’s heartbeat is a batch without events; a busy one’s goes with its events', async t => {
  const { receiver, make } = await setUp(t);
  const pipeline = make();
  pipeline.start();
  pipeline.beat({ hostname: 'idle' });
  while (receiver.batches.length < 1) await new Promise(resolve => receiver.once('accepted', resolve));
  feed(pipeline, numbered(3));
  pipeline.beat({ hostname: 'busy' });
  pipeline.flush();
  await receiver.untilEvents(3);
  assert.deepEqual(
    receiver.batches.map(({ batch }) => [batch.heartbeat?.hostname, batch.firstSequence, batch.kinds.length]),
    [
      ['idle', 0, 0],
      ['busy', 0, 3],
    ],
  );
});

test('while the disk refuses, the memory holds what buffer_size allows, the rest is counted, and all recovers by itself', async t => {
  const { receiver, make, losses, lines, spoolFolder } = await setUp(t);
  const pipeline = make({ bufferSize: 40, spoolBytes: 2 ** 15 });
  pipeline.start();
  while (pipeline.spool.bytes < 4096) feed(pipeline, numbered(10));
  const before = pipeline.spool.nextSequence;
  while (pipeline.submitter.state.acceptedEvents < before) await setImmediate();
  // The segment is full, and the missing folder refuses a new one.
  renameSync(spoolFolder, `${spoolFolder}-gone`);
  const inTime = numbered(40, 1000);
  receiver.reply = () => ({ status: 503 });
  feed(pipeline, inTime);
  feed(pipeline, numbered(20, 2000));
  assert.equal(losses.all()['spool.disk-refused'], 20);
  renameSync(`${spoolFolder}-gone`, spoolFolder);
  feed(pipeline, numbered(10, 3000));
  receiver.reply = () => accepted;
  await receiver.untilEvents(before + 50);
  assert.deepEqual(paths(receiver).slice(before), [...inTime, ...numbered(10, 3000)]);
  assert.deepEqual(
    lines.filter(({ text }) => text.includes('disk')).map(({ level }) => level),
    ['error', 'info'],
  );
});
