import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ProcessFlag } from '@picket/proto';
import { processOfThread, procFolders, readProcess, readProcesses } from './proc.ts';
import { UserNames } from './users.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-proc-'));
after(() => rmSync(folder, { recursive: true }));

/** What the command line `--expose-gc` gives; it can be had while a program runs, too. */
function enableCollection(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** A process in a /proc of our own, for what this host's need not have. */
function fake(pid: number, exe: string, flags: number): void {
  const at = join(folder, String(pid));
  mkdirSync(join(at, 'ns'), { recursive: true });
  const fields = ['S', '1', '1', '1', '0', '-1', String(flags), ...new Array(12).fill('0'), '777', '0'];
  writeFileSync(join(at, 'stat'), `${pid} (a) b (c)) ${fields.join(' ')}\n`);
  writeFileSync(join(at, 'cgroup'), '1:name=systemd:/old\n0::/system.slice/x.service\n');
  writeFileSync(join(at, 'status'), 'Name:\ta\nUid:\t5\t6\t5\t5\nGid:\t7\t7\t7\t7\n');
  symlinkSync(`pid:[${pid === 1 ? 1 : 2}]`, join(at, 'ns', 'pid'));
  if (exe) symlinkSync(exe, join(at, 'exe'));
}

test('this very process is found with its program, arguments, folder and user', () => {
  const image = readProcess(process.pid);
  assert.ok(image);
  assert.equal(image.exe, process.execPath);
  assert.equal(image.args.split('\0')[0], process.argv0);
  assert.equal(image.cwd, process.cwd());
  assert.equal(image.parentPid, process.ppid);
  assert.equal(image.euid, userInfo().uid);
  assert.ok([...readProcesses()].some(found => found.pid === process.pid && found.startTicks === image.startTicks));
});

test('the process of a thread is found by the thread’s number', () => {
  const threads = readdirSync('/proc/self/task').map(Number);
  assert.ok(threads.length > 1);
  for (const thread of threads) assert.equal(processOfThread(thread), process.pid);
  assert.equal(processOfThread(2 ** 30), 0);
});

test('a name with parentheses, a deleted or memory-only program and a container are seen for what they are', () => {
  fake(1, '/sbin/init', 0);
  fake(20, '/tmp/x (deleted)', 0);
  fake(21, '/memfd:payload (deleted)', 0);
  fake(22, '', 0x200000);
  const seen = (pid: number) => readProcess(pid, { root: folder })!;
  assert.deepEqual([seen(20).startTicks, seen(20).uid, seen(20).euid, seen(20).gid], [777, 5, 6, 7]);
  assert.equal(seen(20).cgroup, '/system.slice/x.service');
  assert.equal(seen(20).exe, '/tmp/x');
  assert.equal(seen(20).flags, ProcessFlag.FROM_PROC | ProcessFlag.EXE_DELETED | ProcessFlag.IN_CONTAINER);
  assert.equal(seen(21).exe, 'memfd:payload');
  assert.ok(seen(21).flags & ProcessFlag.EXE_MEMFD);
  assert.equal(seen(22).exe, '[a) b (c)]');
  assert.ok(seen(22).flags & ProcessFlag.KERNEL_THREAD);
  assert.equal(seen(1).flags, ProcessFlag.FROM_PROC);
  assert.equal(readProcess(4, { root: folder }), undefined);
});

test('an entry that is cut at any place is whole in what it gives, or is no process', () => {
  fake(30, '/bin/x', 0);
  const at = join(folder, '30');
  const [stat, status] = ['stat', 'status'].map(name => readFileSync(join(at, name), 'utf8')) as [string, string];
  for (let cut = 0; cut < stat.length; cut++) {
    writeFileSync(join(at, 'stat'), stat.slice(0, cut));
    const image = readProcess(30, { root: folder });
    assert.ok(
      image === undefined || (image.startTicks === 777 && image.parentPid === 1),
      `${cut}: ${image?.startTicks}`,
    );
  }
  writeFileSync(join(at, 'stat'), stat);
  for (let cut = 0; cut < status.length; cut++) {
    writeFileSync(join(at, 'status'), status.slice(0, cut));
    const image = readProcess(30, { root: folder })!;
    assert.ok([image.uid, image.euid, image.gid].every(Number.isSafeInteger), `${cut}`);
  }
  writeFileSync(join(at, 'loginuid'), 'rubbish');
  assert.equal(readProcess(30, { root: folder })!.loginuid, 4_294_967_295);
});

test('of very long arguments and environment no more is held than is kept', () => {
  const collect = (globalThis as { gc?: () => void }).gc ?? enableCollection();
  const long = 'x'.repeat(2 ** 19);
  for (let pid = 100; pid < 120; pid++) {
    fake(pid, '/bin/x', 0);
    writeFileSync(join(folder, String(pid), 'cmdline'), `x\0${long}\0`);
    writeFileSync(join(folder, String(pid), 'environ'), `A=${long}\0LD_PRELOAD=/lib/${long}\0`);
  }
  collect();
  const before = process.memoryUsage().heapUsed;
  const images = [...readProcesses({ root: folder })].filter(({ pid }) => pid >= 100);
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 3 * 2 ** 20, `${grown} bytes`);
  assert.equal(images.length, 20);
  for (const { args, argsBytes, loader } of images) {
    assert.deepEqual([args.length, argsBytes], [32_768, 2 ** 19 + 3]);
    assert.deepEqual([loader.length, loader.startsWith('LD_PRELOAD=/lib/x')], [32_768, true]);
  }
});

test('a variable of the loader that is longer than is kept is counted', () => {
  const losses: string[] = [];
  const seen = (pid: number, bytes: number) => {
    fake(pid, '/bin/x', 0);
    writeFileSync(join(folder, String(pid), 'environ'), `A=1\0${'LD_PRELOAD='.padEnd(bytes - 1, 'x')}\0`);
    return readProcess(pid, { root: folder, count: loss => losses.push(loss) })?.loader.length;
  };
  assert.deepEqual([seen(40, 32_768), ...losses], [32_768]);
  assert.deepEqual([seen(41, 32_769), ...losses], [32_768, 'environment.cut']);
});

test('a user that is added later has a name after the next refresh', () => {
  const file = join(folder, 'passwd');
  writeFileSync(file, 'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nbad line\n');
  const users = new UserNames(file);
  assert.deepEqual([users.name(0), users.name(1000)], ['root', '']);
  writeFileSync(file, 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n');
  users.refresh();
  assert.equal(users.name(1000), 'ann');
});

test('the first process’ view of /proc is another one only where that has mounts of its own', () => {
  const own = mkdtempSync(join(folder, 'mounts-'));
  for (const pid of ['self', '1']) mkdirSync(join(own, pid, 'ns'), { recursive: true });
  symlinkSync('mnt:[7]', join(own, 'self/ns/mnt'));
  assert.deepEqual(procFolders(own), [own], 'nobody may look at it');
  symlinkSync('mnt:[7]', join(own, '1/ns/mnt'));
  assert.deepEqual(procFolders(own), [own]);
  rmSync(join(own, '1/ns/mnt'));
  symlinkSync('mnt:[8]', join(own, '1/ns/mnt'));
  assert.deepEqual(procFolders(own), [own, `${own}/1/root/proc`]);
});
