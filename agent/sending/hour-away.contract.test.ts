/**
 * The server is away for an hour. The batches, their bytes and their number are those that a busy host makes in an hour: 50 events
 * a second, sent every ten. What is shorter than an hour is the clock: events come as fast as they are recorded, and the waits
 * between tries are a thousandth of an agent's.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Losses } from '../health/losses.ts';
import { Pipeline, type PipelineOptions } from '../pipeline.ts';
import { unknownExecutable } from '../processes/executable.ts';
import { unknownImage } from '../processes/image.ts';
import { ProcessTable } from '../processes/table.ts';
import type { SensorEvent } from '../sensor/event.ts';
import { Receiver, testKey } from './receiver.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-hour-'));
after(() => rmSync(folder, { recursive: true }));

const perSecond = 50;
const batchSize = 10 * perSecond;
const total = 3_600 * perSecond;
const started = 1_790_000_000_000_000;

/** The `i`-th event of the hour: of one of fifty processes, a file of its own. */
const event = (i: number): SensorEvent => ({
  ...{ kind: 'open', time: started + i * (1_000_000 / perSecond), pid: 100 + (i % 50), startTicks: 50, count: 1 },
  ...{ path: `/srv/data/${i % 977}/part-${i}`, asked: '', flags: 0, what: 1, device: 1, inode: i, result: 0 },
});

test('a server that was away for an hour gets all of it, in order and once, though the agent was killed meanwhile', {
  timeout: 110_000,
}, async t => {
  const receiver = new Receiver();
  const api = await receiver.listen();
  const losses = new Losses();
  const lines: string[] = [];
  const say = (_: object, text: string) => void lines.push(text);
  const log = { info: say, warn: say, error: say } as unknown as PipelineOptions['log'];
  let tries = 0;
  const triedNow = () => {
    tries++;
    return Date.now();
  };
  const make = () => {
    const processes = new ProcessTable({
      ...{ maskArgs: args => args, userName: () => '', executable: () => unknownExecutable },
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
    return new Pipeline({
      transport: { api, id: '018f0000-0000-7000-8000-000000000001', key: testKey, now: triedNow },
      ...{ batchSize, bufferSize: 5_000, flushMillis: 60_000, spoolFolder: folder, spoolBytes: 2 ** 30 },
      ...{ boot: 'ab'.repeat(16), version: '0.1.0', processes, losses, log, bootMicros: () => 0 },
      retry: { firstMillis: 0.25, largestMillis: 15 },
    });
  };
  /** A batch at a time, so that the submitter tries on meanwhile. */
  const live = async (pipeline: Pipeline, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      pipeline.record(event(i));
      if ((i + 1) % batchSize === 0) await setImmediate();
    }
  };

  const first = make();
  first.start();
  await live(first, 0, 10 * batchSize);
  await receiver.untilEvents(10 * batchSize);
  await receiver.close();
  const half = total / 2;
  await live(first, 10 * batchSize, half);
  const inMemory = first.backlog.memoryEvents;
  assert.ok(inMemory <= 5_000, `${inMemory} events in memory`);
  assert.equal(first.submitter.state.state, 'unreachable');
  // Killed: nothing is closed but what would go on sending beside the next one.
  await first.submitter.stop(0);

  const second = make();
  t.after(async () => {
    await second.close(0);
    await receiver.close();
  });
  second.start();
  const before = tries;
  await live(second, half, total);
  assert.ok(tries > before, 'it tried on');
  assert.equal(second.spool.unsentEvents, total - 10 * batchSize);
  t.diagnostic(
    `${second.spool.unsentBatches} batches, ${(second.spool.bytes / 2 ** 20).toFixed(1)} MB wait, ${tries} tries`,
  );

  await receiver.listen(api);
  await receiver.untilEvents(total);
  assert.equal(receiver.events, total);
  assert.equal(new Set(receiver.batches.map(({ stream }) => stream)).size, 1);
  let next = 0;
  for (const { batch } of receiver.batches) {
    assert.equal(batch.firstSequence, next);
    for (const ref of batch.files!.path!) {
      const path = Buffer.from(batch.strings[ref]!).toString();
      assert.equal(path, `/srv/data/${next % 977}/part-${next}`);
      next++;
    }
  }
  assert.deepEqual(losses.all(), {});
  while (second.spool.unsentEvents > 0) await setImmediate();
  // In each run a line when it was gone, and perhaps one when the reason became another: not one a try.
  const complaints = lines.filter(text => /takes no events now/.test(text)).length;
  assert.ok(complaints >= 2 && complaints <= 4, lines.join('\n'));
});
