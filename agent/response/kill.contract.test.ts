/** Real processes get real signals. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { sensorSupport } from '@picket/native';
import { readProcess } from '../processes/proc.ts';
import { uuidText } from '../sending/transport.ts';
import { kill } from './kill.ts';

const support = sensorSupport();
// The addon that carries the signal is that of the sensor.
const skip = support.supported ? false : support.reason;
const boot = 'cd'.repeat(16);
const execId = (pid: number, ticks: number) => `${uuidText(boot)}:${pid}:${ticks}`;
const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** A process that would not end for a SIGTERM. */
async function stubborn(): Promise<{ child: ChildProcess; pid: number; ticks: number }> {
  const child = spawn('/bin/sh', ['-c', 'trap "" TERM INT HUP; echo ready; while :; do read word; done'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  started.push(child);
  await once(child.stdout!, 'data');
  return { child, pid: child.pid!, ticks: readProcess(child.pid!)!.startTicks };
}

test('a process is killed by its exec id', { skip }, async () => {
  const { child, pid, ticks } = await stubborn();
  const ends = once(child, 'exit');
  const { outcome, detail } = await kill(execId(pid, ticks), boot);
  assert.equal(outcome, 'done', detail);
  assert.match(detail, new RegExp(`^/.+ \\(pid ${pid}\\) was killed$`));
  assert.deepEqual(await ends, [null, 'SIGKILL']);
});

test('a process that has the pid of the one that is meant, and began at another time, lives', { skip }, async () => {
  const { child, pid, ticks } = await stubborn();
  for (const other of [ticks - 1, ticks + 1, 0]) {
    const { outcome, detail } = await kill(execId(pid, other), boot);
    assert.equal(outcome, 'failed');
    assert.match(detail, /no process with pid \d+ began at that time/);
  }
  assert.match(readFileSync(`/proc/${pid}/stat`, 'utf8'), /\) [SR] /);
  assert.equal(child.exitCode, null);
});

test('a process of another boot, one that has ended, the first one and the agent itself are left alone', {
  skip,
}, async () => {
  const { child, pid, ticks } = await stubborn();
  const elsewhere = await kill(`${uuidText('ab'.repeat(16))}:${pid}:${ticks}`, boot);
  assert.deepEqual([elsewhere.outcome, child.exitCode], ['failed', null]);
  assert.match(elsewhere.detail, /started anew/);
  const ends = once(child, 'exit');
  child.kill('SIGKILL');
  await ends;
  assert.equal((await kill(execId(pid, ticks), boot)).outcome, 'failed');
  const init = readProcess(1)!;
  assert.equal((await kill(execId(1, init.startTicks), boot)).outcome, 'refused');
  assert.equal((await kill(execId(process.pid, readProcess(process.pid)!.startTicks), boot)).outcome, 'refused');
  assert.equal((await kill('1:2:3', boot)).outcome, 'refused');
});
