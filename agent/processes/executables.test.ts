import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Image } from '../sensor/event.ts';
import { unknownExecutable } from './executable.ts';
import { Executables, type ExecutablesOptions } from './executables.ts';
import { readProcess } from './proc.ts';

const root = mkdtempSync(join(tmpdir(), 'picket-executables-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const hostNamespace = 7;

/** A /proc of our own: `1/root` is a host with a program of `content`, which process 10 runs. */
function host(content = 'program', options: Partial<ExecutablesOptions> = {}) {
  const proc = join(root, String(++folders));
  const path = '/bin/program';
  const real = join(proc, '1/root', path);
  mkdirSync(join(real, '..'), { recursive: true });
  mkdirSync(join(proc, '10'));
  writeFileSync(real, content);
  symlinkSync(real, join(proc, '10/exe'));
  const losses: string[] = [];
  let paused = 0;
  const executables = new Executables({
    count: loss => losses.push(loss),
    owners: undefined,
    host: { namespace: hostNamespace, root: join(proc, '1/root') },
    proc,
    pause: async millis => {
      paused += millis;
    },
    ...options,
  });
  const image = (): Image => {
    const { size, ctimeNs, ino, dev } = statSync(real, { bigint: true });
    const file = {
      device: Number(dev),
      inode: Number(ino),
      bytes: Number(size),
      changed: Number(ctimeNs / 1_000_000_000n),
      changedNanos: Number(ctimeNs % 1_000_000_000n),
    };
    return { ...readProcess(process.pid)!, pid: 10, exe: path, mountNamespace: hostNamespace, file };
  };
  return { proc, real, executables, losses, image, paused: () => paused };
}
const sha256 = (text: string) =>
  createHash('sha256')
    .update(text)
    .digest('latin1' as 'hex');

test('a program is hashed once for all processes that run it, and again when its file changes', async () => {
  const { executables, image, real } = host('one');
  const first = executables.of(image());
  assert.equal(executables.of(image()), first);
  assert.equal(first.hash, '');
  await executables.settled();
  assert.equal(first.hash, sha256('one'));
  writeFileSync(real, 'three');
  const second = executables.of(image());
  await executables.settled();
  assert.deepEqual([first.hash, second.hash], [sha256('one'), sha256('three')]);
});

test('of a process that has ended the file is found by its path, if it is the host’s', async () => {
  const { executables, image, proc } = host();
  unlinkSync(join(proc, '10/exe'));
  const found = executables.of(image());
  await executables.settled();
  assert.equal(found.hash, sha256('program'));
  const elsewhere = host();
  unlinkSync(join(elsewhere.proc, '10/exe'));
  const lost = elsewhere.executables.of({ ...elsewhere.image(), mountNamespace: 8 });
  await elsewhere.executables.settled();
  assert.deepEqual([lost.hash, elsewhere.losses], ['', ['hash.unknown']]);
});

test('a file that was changed after it was executed is not taken for it', async () => {
  const { executables, image, real, losses } = host('before');
  const executed = image();
  writeFileSync(real, 'behind');
  const found = executables.of(executed);
  await executables.settled();
  assert.deepEqual([found.hash, losses], ['', ['hash.unknown']]);
});

test('a named pipe in the place of an executable holds up nobody', async () => {
  const { executables, image, losses, real } = host();
  const ran = image();
  unlinkSync(real);
  execFileSync('mkfifo', [real]);
  const executable = executables.of(ran);
  await executables.settled();
  assert.deepEqual([executable.hash, losses], ['', ['hash.unknown']]);
});

test('no more bytes are hashed in a second than the budget allows', async () => {
  const { executables, image, paused } = host('x'.repeat(1_000_000), { bytesPerSecond: 500_000 });
  executables.of(image());
  await executables.settled();
  assert.ok(Math.abs(paused() - 2_000) < 1, `${paused()} ms`);
});

test('a queue that is full leaves programs without a hash and counts them', async () => {
  const { executables, image, losses } = host('x', { waiting: 1 });
  const { file, ...rest } = image();
  for (const inode of [1, 2, 3]) executables.of({ ...rest, file: { ...file!, inode } });
  await executables.settled();
  assert.deepEqual(losses, ['hash.crowded', 'hash.crowded']);
});

test('a process without an executable has none', () => {
  const { executables, image } = host();
  assert.equal(executables.of({ ...image(), file: undefined }), unknownExecutable);
});

test('an end does not wait for the answer to a question for packages', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let ended = false;
  const owners: ExecutablesOptions['owners'] = (_, signal) =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        ended = true;
        reject(signal.reason);
      });
    });
  const { executables, image, losses } = host('x', { owners });
  executables.of(image());
  await executables.settled();
  t.mock.timers.tick(20_000);
  await executables.close();
  assert.deepEqual([ended, losses], [true, []]);
});

test('programs of the host are asked for their package, together', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked: (readonly string[])[] = [];
  const owners = async (paths: readonly string[]) => {
    asked.push(paths);
    return new Map(paths.map(path => [path, `of ${path}`]));
  };
  const { executables, image } = host('x', { owners });
  const own = executables.of(image());
  const other = executables.of({ ...image(), exe: '/bin/other', file: { ...image().file!, inode: 1 } });
  const contained = executables.of({ ...image(), mountNamespace: 8, file: { ...image().file!, inode: 2 } });
  await executables.settled();
  t.mock.timers.tick(20_000);
  await executables.asked();
  assert.deepEqual(asked, [['/bin/other', '/bin/program']]);
  assert.deepEqual([own.package, other.package, contained.package], ['of /bin/program', 'of /bin/other', '']);
});
