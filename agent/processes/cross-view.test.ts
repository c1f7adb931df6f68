import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelTask } from '@picket/native';
import { Operation } from '@picket/proto';
import { type ActiveProcess, CrossView, type ProcView } from './cross-view.ts';

const task = (pid: number, startTicks = 100): KernelTask => ({ pid, startTicks, parentPid: 1, name: `name${pid}` });

/** A host of ten processes that every view shows; a test takes some out of a view. */
function host(...more: readonly ProcView[]) {
  const all = Array.from({ length: 10 }, (_, i) => task(i + 1));
  const at = {
    tasks: new Map(all.map(each => [each.pid, each])),
    listed: new Set(all.map(({ pid }) => pid)),
    shown: new Map(all.map(({ pid, startTicks }) => [pid, startTicks])),
    active: [] as ActiveProcess[],
  };
  const view = new CrossView({
    kernel: () => [...at.tasks.values()],
    active: since => at.active.filter(({ activeMicros }) => activeMicros > since),
    procs: [{ listed: () => at.listed, shown: pid => at.shown.get(pid) }, ...more],
  });
  const find = async (nowMicros = 0, meanwhile: () => void = () => undefined) =>
    (await view.find(nowMicros, async () => meanwhile())).map(({ how, pid }) => [how, pid]);
  return { at, view, find };
}

test('views that agree hide nobody, and there is no second look', async () => {
  const { find } = host();
  assert.deepEqual(await find(0, () => assert.fail('a second look')), []);
});

test('a folder that shows nothing, or another process, hides one that the kernel has; each is told once', async () => {
  const { at, find } = host();
  at.shown.delete(4);
  at.shown.set(5, 7_777);
  const both = [
    [Operation.HIDE_ENTRY, 4],
    [Operation.HIDE_ENTRY, 5],
  ];
  assert.deepEqual(await find(), both);
  assert.deepEqual(await find(), []);
  at.shown.set(4, 100);
  assert.deepEqual(await find(), []);
  at.shown.delete(4);
  assert.deepEqual(await find(), [[Operation.HIDE_ENTRY, 4]], 'it was seen again in between');
});

test('what one /proc of two hides is hidden, and what both hide is told once', async () => {
  const shown = new Map(Array.from({ length: 10 }, (_, i) => [i + 1, 100]));
  const { at, find } = host({ listed: () => new Set(shown.keys()), shown: pid => shown.get(pid) });
  at.listed.delete(3);
  for (const pid of [3, 4]) shown.delete(pid);
  assert.deepEqual(await find(), [
    [Operation.HIDE_LISTING, 3],
    [Operation.HIDE_LISTING, 4],
  ]);
});

test('one that the list of /proc leaves out is hidden, and one that only /proc has', async () => {
  const { at, find } = host();
  at.listed.delete(6);
  at.tasks.delete(7);
  assert.deepEqual(await find(), [
    [Operation.HIDE_LISTING, 6],
    [Operation.HIDE_TASK, 7],
  ]);
});

test('the first process hides from nobody, though a kernel may not list it', async () => {
  const { at, find } = host();
  at.tasks.delete(1);
  for (const nowMicros of [1, 60_000_001, 120_000_001]) {
    at.active = [{ pid: 1, startTicks: 100, activeMicros: nowMicros }];
    assert.deepEqual(await find(nowMicros), []);
  }
});

test('a process that came, ended or gave its pid to another between two views is not hidden', async () => {
  const { at, find } = host();
  at.listed.delete(3);
  at.tasks.delete(4);
  at.tasks.set(5, task(5, 900));
  const meanwhile = () => {
    at.listed.add(3);
    at.listed.delete(4);
    at.shown.delete(4);
    at.shown.set(5, 900);
  };
  assert.deepEqual(await find(0, meanwhile), []);
});

test('one that acts and is in no list is hidden if it still acts long after that was seen first', async () => {
  const { at, find } = host();
  const second = 1_000_000;
  for (const view of [at.tasks, at.listed, at.shown]) view.delete(8);
  const acts = (activeMicros: number) => (at.active = [{ pid: 8, startTicks: 100, activeMicros }]);
  assert.deepEqual(await find(0), []);
  acts(50 * second);
  assert.deepEqual(await find(60 * second), []);
  acts(63 * second);
  assert.deepEqual(await find(120 * second), [], 'folded repetition, told after its end');
  acts(178 * second);
  assert.deepEqual(await find(180 * second), [[Operation.HIDE_TASK, 8]]);
  acts(239 * second);
  assert.deepEqual(await find(240 * second), []);
});

test('where the kernel can’t be asked nobody is hidden; where /proc shows hardly anybody, that is told once', async () => {
  const blind = host();
  blind.at.tasks.clear();
  assert.deepEqual(await blind.find(), []);
  const alone = host();
  for (let pid = 1; pid <= 9; pid++) alone.at.listed.delete(pid);
  const all = { how: Operation.HIDE_LISTING, ...task(1), isAll: true };
  assert.deepEqual(await alone.view.find(0, async () => undefined), [all]);
  alone.at.listed.delete(10);
  assert.deepEqual(await alone.find(), []);
  for (const pid of alone.at.tasks.keys()) if (pid !== 4) alone.at.listed.add(pid);
  assert.deepEqual(await alone.find(), [[Operation.HIDE_LISTING, 4]]);
});
