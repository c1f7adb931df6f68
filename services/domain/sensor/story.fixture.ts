/** For tests: what an agent says from its start on, step by step, and what the sensor's detectors find in the last of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatch, type EventBatchFields, type Heartbeat } from '@picket/proto';
import type { RecentExec } from '../detectors/recent-execs.ts';
import { decodeBatch } from '../events/batch.ts';
import { type BootId, execId, micros } from '../events/ids.ts';
import type { SensorRecord } from './observation.ts';
import { observe } from './observe.ts';

export const epoch = 1_790_000_000_000_000;
export const second = 1_000_000;
export const hooks = [
  { name: 'file', attached: true },
  { name: 'network', attached: true },
];
const options = { api: 'aa', spool_size: 'bb' };
export const running: Heartbeat = { startedMicros: epoch, intervalMillis: 10_000, hooks, options };
export const shell = { pid: 40, program: '/usr/bin/bash', command: '-bash', user: 'ada', startTicks: 7 };
export const kill = { pid: 41, program: '/usr/bin/kill', command: 'kill -9 39', user: 'ada', startTicks: 9 };

/** A batch `at` seconds after the agent's start, on a host that had been up for 100 s then. */
function batch(at: number, fields: EventBatchFields = {}, shift = 0) {
  const decoded = decodeBatch(
    EventBatch.encode({
      endpointId: '018f0000-0000-7000-8000-000000000001',
      bootId: Buffer.alloc(16, 1),
      streamId: Buffer.alloc(8, 2),
      firstSequence: 100,
      agentVersion: '0',
      clock: { wallMicros: epoch + (at + shift) * second, bootMicros: (100 + at) * second },
      ...fields,
    }).finish(),
  );
  assert.ok(decoded.ok);
  return decoded.batch;
}

export interface Step {
  readonly at: number;
  readonly fields?: EventBatchFields;
  readonly missing?: number;
  /** Seconds that the wall clock is ahead of what it was. */
  readonly shift?: number;
}

export const boot = '01010101-0101-0101-0101-010101010101' as BootId;
export const executed = (at: number, ...args: string[]): RecentExec => ({
  time: micros(epoch + at * second),
  execId: execId(boot, 77, 5),
  parent: undefined,
  exe: `/usr/bin/${args[0]}`,
  args,
});

/** What the last of the steps finds. */
export function after(steps: readonly Step[], recent: readonly RecentExec[] = []) {
  let before: SensorRecord | undefined;
  let last: ReturnType<typeof observe>;
  for (const { at, fields, missing = 0, shift = 0 } of steps) {
    last = observe({ batch: batch(at, fields, shift), before, missing, recent });
    before = last?.record ?? before;
  }
  return last;
}

export const first: Step = { at: 0, fields: { heartbeat: running } };
export const newRun = (at: number, more: Heartbeat = {}) => ({
  at,
  fields: { heartbeat: { ...running, startedMicros: epoch + at * second, ...more } },
});

export const reasons = (seen: ReturnType<typeof after>) => seen!.findings.map(({ evidence }) => evidence.reason);

export interface Story {
  readonly why: string;
  readonly steps: readonly Step[];
  readonly recent?: readonly RecentExec[];
  /** Each detector that finds something, with its reason. */
  readonly finds: Readonly<Record<string, RegExp>>;
}

export function testStories(stories: readonly Story[]): void {
  for (const { why, steps, recent, finds } of stories) {
    test(`the sensor: ${why}`, () => {
      const found = after(steps, recent)!.findings;
      assert.deepEqual(
        found.map(({ detector }) => detector),
        Object.keys(finds),
      );
      for (const [detector, reason] of Object.entries(finds))
        assert.match(found.find(each => each.detector === detector)!.evidence.reason, reason);
    });
  }
}
