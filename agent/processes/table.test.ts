import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessFlag } from '@picket/proto';
import fc from 'fast-check';
import type { Exec, Exit, Fork, IdentityChange, Image } from '../sensor/event.ts';
import { unknownExecutable } from './executable.ts';
import type { ProcessImage } from './image.ts';
import { ProcessTable, type ProcessTableOptions } from './table.ts';

const blank: Image = {
  ...{
    pid: 1,
    startTicks: 1,
    parentPid: 0,
    parentTicks: 0,
    exe: '/init',
    args: '',
    argsBytes: 0,
    cwd: '/',
    script: '',
  },
  ...{
    cgroup: '/',
    loader: '',
    file: undefined,
    capabilities: 0,
    uid: 0,
    euid: 0,
    gid: 0,
    loginuid: 0,
    flags: 0,
  },
  ...{ mountNamespace: 1, pidNamespace: 1, userNamespace: 1, networkNamespace: 1, ipcNamespace: 1, utsNamespace: 1 },
};
const common = (pid: number, startTicks: number, time: number) => ({ pid, startTicks, time, count: 1 });
const fork = (parent: [number, number], child: [number, number], time = 0): Fork => ({
  kind: 'fork',
  ...common(...parent, time),
  childPid: child[0],
  childTicks: child[1],
});
const exec = (pid: number, startTicks: number, image: Partial<Image>): Exec => ({
  kind: 'exec',
  ...common(pid, startTicks, 0),
  image: { ...blank, pid, startTicks, ...image },
  asked: '',
  loaderCut: false,
});
const exit = (pid: number, startTicks: number, time: number): Exit => ({
  kind: 'exit',
  ...common(pid, startTicks, time),
  code: 0,
  signal: 0,
  runMicros: 0,
});

function table(options: Partial<ProcessTableOptions> = {}) {
  const losses: string[] = [];
  const made = new ProcessTable({
    maskArgs: args => args,
    userName: uid => `user${uid}`,
    executable: () => unknownExecutable,
    readProcess: () => undefined,
    processOfThread: () => 0,
    readLoader: () => undefined,
    count: loss => losses.push(loss),
    ...options,
  });
  made.addFound([blank]);
  return { processes: made, losses };
}
function lineage(image: ProcessImage | undefined): string[] {
  return image ? [image.exe, ...lineage(image.parent)] : [];
}

test('a child has the program of its parent until it executes another, and the lineage stays', () => {
  const { processes } = table();
  const { child } = processes.forked(fork([1, 1], [2, 20]));
  assert.deepEqual(lineage(child), ['/init', '/init']);
  const { previous, image } = processes.executed(exec(2, 20, { exe: '/bin/sh', uid: 7 }));
  assert.equal(previous, child);
  assert.deepEqual(lineage(image), ['/bin/sh', '/init']);
  assert.equal(image.user, 'user7');
});

test('a process that becomes another user is another image of the same program; one that stays what it is, is not', () => {
  const { processes } = table();
  const identity = {
    ...{ uid: 0, euid: 0, gid: 0, capabilities: 0, mountNamespace: 1, pidNamespace: 1 },
    ...{ userNamespace: 1, networkNamespace: 1, ipcNamespace: 1, utsNamespace: 1 },
  };
  const change = (to: Partial<typeof identity>, result = 0, apart = 0): IdentityChange => ({
    kind: 'identity-change',
    ...common(1, 1, 0),
    operation: 20,
    value: 33,
    result,
    identity: { ...identity, ...to },
    apart,
  });
  assert.equal(processes.changed(change({})), undefined);
  const { previous, image } = processes.changed(change({ uid: 33 }))!;
  assert.deepEqual([previous.uid, image.uid, image.user, image.exe], [0, 33, 'user33', '/init']);
  assert.equal(processes.current(1, 1, 0), image);
  const refused = processes.changed(change({ uid: 33 }, -1))!;
  assert.deepEqual([refused.previous, refused.image], [image, image]);
  const alone = processes.changed(change({ uid: 33, networkNamespace: 2 }, 0, ProcessFlag.OWN_NETWORK))!.image;
  assert.deepEqual([alone.networkNamespace, alone.flags], [2, ProcessFlag.OWN_NETWORK]);
  assert.equal(processes.changed(change({ uid: 33 }))!.image.flags, 0);
});

test('what the kernel did not look at of an environment is asked for; where it can’t be had, that is counted', () => {
  const { processes, losses } = table({
    readLoader: ({ pid }) => (pid === 2 ? undefined : { text: 'LD_AUDIT=a\0LD_PRELOAD=b\0', whole: pid === 1 }),
  });
  const cut = (pid: number, loader = 'LD_AUDIT=a\0') => ({ ...exec(pid, 1, { loader }), loaderCut: true });
  assert.equal(processes.executed(exec(1, 1, { loader: 'LD_AUDIT=a\0' })).image.loader, 'LD_AUDIT=a\0');
  assert.equal(processes.executed(cut(1)).image.loader, 'LD_AUDIT=a\0LD_PRELOAD=b\0');
  const hides = processes.executed(cut(1, 'LD_PRELOAD=evil\0')).image.loader;
  assert.equal(hides, 'LD_PRELOAD=evil\0LD_AUDIT=a\0LD_PRELOAD=b\0', 'what the kernel saw stays');
  assert.deepEqual(losses, []);
  assert.equal(processes.executed(cut(2)).image.loader, 'LD_AUDIT=a\0');
  assert.deepEqual(losses, ['environment.cut']);
  assert.equal(processes.executed(cut(3)).image.loader, 'LD_AUDIT=a\0LD_PRELOAD=b\0');
  assert.equal(losses.length, 2, 'one of the loader’s that is longer than is kept');
});

test('another process is found by its pid and start, or by its pid alone', () => {
  const { processes } = table();
  assert.equal(processes.other(1, 1)?.exe, '/init');
  assert.equal(processes.other(1, 0)?.exe, '/init');
  assert.deepEqual([processes.other(0, 0), processes.other(1, 2)], [undefined, undefined]);
});

test('arguments are masked before they are kept', () => {
  const { processes } = table({ maskArgs: () => 'masked' });
  assert.equal(processes.executed(exec(1, 1, { args: 'secret' })).image.args, 'masked');
});

test('one that nobody knows, and that acts, is among those that act, until it is known to have ended', () => {
  const { processes } = table({ graceMicros: 10 });
  processes.current(8, 80, 5);
  assert.deepEqual(processes.active(4), [{ pid: 8, startTicks: 80, activeMicros: 5 }]);
  processes.exited(exit(8, 80, 6));
  assert.deepEqual(processes.active(4), []);
  processes.expire(1_000);
  assert.equal(processes.size, 1);
  processes.current(9, 90, 1_000);
  processes.expire(2_000);
  assert.equal(processes.size, 1, 'and is forgotten without an end');
});

test('a late event of a process that ended finds it, until the grace period is over', () => {
  const { processes, losses } = table({ graceMicros: 10 });
  processes.executed(exec(2, 20, { exe: '/bin/sh' }));
  processes.exited(exit(2, 20, 100));
  processes.expire(109);
  assert.equal(processes.current(2, 20, 109).exe, '/bin/sh');
  processes.expire(110);
  assert.equal(processes.current(2, 20, 110).exe, '');
  assert.deepEqual(losses, ['process.unknown']);
});

test('a clock that goes back does not keep processes that have ended', () => {
  const { processes } = table();
  const hour = 3_600_000_000;
  processes.forked(fork([1, 1], [2, 20]));
  processes.exited(exit(2, 20, hour));
  assert.equal(processes.size, 2);
  processes.expire(0);
  assert.equal(processes.size, 1);
});

test('a pid that is used again is another process', () => {
  const { processes } = table();
  processes.executed(exec(2, 20, { exe: '/bin/old' }));
  processes.exited(exit(2, 20, 100));
  processes.executed(exec(2, 90, { exe: '/bin/new' }));
  assert.equal(processes.current(2, 90, 0).exe, '/bin/new');
  assert.equal(processes.current(2, 20, 0).exe, '/bin/old');
});

test('a process that no event told of is read from /proc, if it is still the same', () => {
  const { processes, losses } = table({
    readProcess: pid => ({ ...blank, pid, startTicks: 30, parentPid: 1, exe: '/found' }),
  });
  assert.deepEqual(lineage(processes.current(3, 30, 0)), ['/found', '/init']);
  assert.equal(processes.current(4, 31, 0).exe, '');
  assert.deepEqual(losses, ['process.unknown']);
});

test('another process is known by the number of one of its threads too', () => {
  const { processes } = table({ processOfThread: thread => (thread === 41 ? 40 : 0) });
  processes.executed(exec(40, 400, { exe: '/bin/threads' }));
  const known = processes.other(40, 400);
  assert.equal(known?.exe, '/bin/threads');
  // One that had the number of the thread before.
  processes.executed(exec(41, 300, { exe: '/bin/before' }));
  processes.exited(exit(41, 300, 100));
  assert.deepEqual([processes.other(40, 0), processes.other(41, 0)], [known, known]);
  assert.deepEqual(
    [processes.other(41, 400), processes.other(42, 0), processes.other(0, 0)],
    new Array(3).fill(undefined),
  );
});

test('processes found in /proc are linked to their parents whatever their order', () => {
  const { processes } = table();
  const found = [
    { ...blank, pid: 9, startTicks: 90, parentPid: 8, exe: '/c' },
    { ...blank, pid: 8, startTicks: 80, parentPid: 1, exe: '/b' },
  ];
  processes.addFound(found);
  assert.deepEqual(lineage(processes.current(9, 90, 0)), ['/c', '/b', '/init']);
});

test('a chain of processes that fork and end keeps no more ancestors than are sent', () => {
  const { processes } = table();
  for (let i = 1; i < 1000; i++) {
    processes.forked(fork([i, i], [i + 1, i + 1], i));
    processes.exited(exit(i, i, i));
  }
  const depth = lineage(processes.current(1000, 1000, 0)).length;
  assert.ok(depth >= 16 && depth <= 18, `${depth}`);
});

test('a full table forgets what ended first, and counts it', () => {
  const { processes, losses } = table({ limit: 3 });
  processes.executed(exec(2, 20, { exe: '/a' }));
  processes.exited(exit(2, 20, 1));
  processes.executed(exec(3, 30, { exe: '/b' }));
  processes.executed(exec(4, 40, { exe: '/c' }));
  assert.equal(processes.size, 3);
  assert.deepEqual(losses, ['process.evicted']);
  assert.equal(processes.current(1, 1, 0).exe, '/init');
});

test('programs run with long arguments, one after the other, make the table forget sooner, not grow', () => {
  const { processes, losses } = table({ byteLimit: 100_000 });
  for (let pid = 2; pid < 1000; pid++) {
    processes.forked(fork([1, 1], [pid, pid]));
    processes.executed(exec(pid, pid, { args: `${pid}${'x'.repeat(4000)}` }));
    processes.exited(exit(pid, pid, 1));
  }
  assert.ok(processes.size < 30, `${processes.size} processes`);
  assert.equal(losses.filter(loss => loss === 'process.evicted').length, 999 - processes.size);
  assert.equal(processes.current(999, 999, 1).args.length, 4003);
  // What a fork shares with its parent is not counted again.
  processes.executed(exec(5000, 1, { args: 'x'.repeat(50_000) }));
  for (let pid = 6000; pid < 6100; pid++) processes.forked(fork([5000, 1], [pid, 1]));
  for (let pid = 6000; pid < 6100; pid++) processes.exited(exit(pid, 1, 1));
  assert.ok(processes.size >= 100, `${processes.size} processes`);
});

/** Bytes of text that a process holds, with its ancestors. */
const held = (image: ProcessImage | undefined): number =>
  image ? image.exe.length + image.args.length + image.cwd.length + image.script.length + held(image.parent) : 0;

test('running processes with long arguments are shortened, not kept until the memory ends; their programs stay whole', () => {
  const { processes, losses } = table({ byteLimit: 1_000_000 });
  const exe = `/${'long/'.repeat(50)}program`;
  let bytes = 0;
  for (let pid = 2; pid < 1002; pid++) {
    processes.forked(fork([1, 1], [pid, pid]));
    processes.executed(exec(pid, pid, { exe, args: `${pid} ${'x'.repeat(32_000)}`, cwd: `/${'y'.repeat(4000)}` }));
  }
  for (let pid = 2; pid < 1002; pid++) {
    const image = processes.current(pid, pid, 0);
    assert.deepEqual([image.exe, image.args.startsWith(`${pid} x`)], [exe, true]);
    bytes += held(image);
  }
  assert.ok(bytes < 1_000_000, `${bytes} bytes`);
  assert.deepEqual([...new Set(losses)], ['process.shortened']);
});

test('a process with the arguments of its parent, executed anew, holds no second copy of them', () => {
  const { processes, losses } = table({ byteLimit: 1_000_000 });
  const args = 'x'.repeat(30_000);
  processes.executed(exec(1, 1, { args }));
  for (let pid = 2; pid < 102; pid++) {
    processes.forked(fork([1, 1], [pid, pid]));
    processes.executed(exec(pid, pid, { args: Buffer.from(args).toString('latin1') }));
  }
  assert.deepEqual(losses, []);
});

test('a few running processes whose ancestors had long arguments and are gone do not hold more than all may', () => {
  const { processes } = table({ byteLimit: 1_000_000, graceMicros: 0 });
  let pid = 1;
  const last: number[] = [];
  for (let chain = 0; chain < 30; chain++) {
    let parent = 1;
    for (let depth = 0; depth < 12; depth++) {
      processes.forked(fork([parent, parent], [++pid, pid]));
      processes.executed(exec(pid, pid, { exe: `/${pid}${'z'.repeat(4000)}`, args: `${pid}${'x'.repeat(32_000)}` }));
      if (parent !== 1) processes.exited(exit(parent, parent, 1));
      parent = pid;
    }
    processes.expire(1_000);
    last.push(pid);
  }
  const bytes = last.reduce((sum, end) => sum + held(processes.current(end, end, 0)), 0);
  assert.ok(bytes < 1_000_000, `${bytes} bytes`);
});

test('whatever happens in whatever order, the table stays within its limit and answers', () => {
  const pid = fc.integer({ min: 1, max: 12 });
  const event = fc.tuple(fc.constantFrom('fork', 'exec', 'exit', 'expire'), pid, pid, fc.nat(1000));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), events => {
      const { processes } = table({ limit: 5, graceMicros: 50, byteLimit: 2_000 });
      for (const [kind, a, b, time] of events) {
        if (kind === 'fork') processes.forked(fork([a, a], [b, b + (time % 3)], time));
        else if (kind === 'exec')
          processes.executed(exec(a, a, { exe: `/${b}`, args: 'x'.repeat(time), parentPid: b }));
        else if (kind === 'exit') processes.exited(exit(a, a, time));
        else processes.expire(time);
        assert.ok(processes.size <= 5);
        assert.equal(processes.current(a, a, time).pid, a);
      }
    }),
  );
});
