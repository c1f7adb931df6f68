import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
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

/** Another program of the same host, which process 11 runs. */
function another({ proc, image }: ReturnType<typeof host>, content: string): Image {
  const real = join(proc, '1/root/bin/another');
  writeFileSync(real, content);
  mkdirSync(join(proc, '11'));
  symlinkSync(real, join(proc, '11/exe'));
  const { size, ctimeNs, ino } = statSync(real, { bigint: true });
  const changed = { changed: Number(ctimeNs / 1_000_000_000n), changedNanos: Number(ctimeNs % 1_000_000_000n) };
  const file = { ...image().file!, inode: Number(ino), bytes: Number(size), ...changed };
  return { ...image(), pid: 11, exe: '/bin/another', file };
}

test('a file that is larger than programs are is not read, but counted; its package is asked for, and the next one is hashed', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const owners = async (paths: readonly string[]) => new Map(paths.map(path => [path, `of ${path}`]));
  const here = host('x'.repeat(1_001), { largestBytes: 1_000, owners });
  const { executables, image, losses, paused } = here;
  const large = executables.of(image());
  await executables.settled();
  assert.deepEqual([large.hash, losses, paused()], ['', ['hash.too-large'], 0]);
  assert.equal(executables.of(image()), large);
  const small = executables.of(another(here, 'x'.repeat(1_000)));
  await executables.settled();
  assert.deepEqual([small.hash, losses], [sha256('x'.repeat(1_000)), ['hash.too-large']]);
  t.mock.timers.tick(20_000);
  await executables.asked();
  assert.equal(large.package, 'of /bin/program');
});

test('a large file is read in turns, and waits for smaller ones that come meanwhile', async () => {
  const [large, small] = ['l'.repeat(1_000), 's'.repeat(10)];
  let first = '';
  let known: { hash: string } | undefined;
  const pause = async (millis: number) => {
    if (millis === 0) return;
    known ??= here.executables.of(another(here, small));
    if (first === '' && (known.hash !== '' || program.hash !== '')) first = known.hash || program.hash;
  };
  const here = host(large, { turnBytes: 100, pause });
  const program = here.executables.of(here.image());
  await here.executables.settled();
  assert.deepEqual([first, program.hash, known?.hash], [sha256(small), sha256(large), sha256(small)]);
});

test('of two large files that of which less is left is read first', async () => {
  const paused: string[] = [];
  const pause = async (millis: number) => {
    if (millis === 0) return;
    paused.push(known.map(({ hash }) => (hash === '' ? '-' : '#')).join(''));
  };
  const here = host('l'.repeat(900), { turnBytes: 100, pause });
  const known = [here.executables.of(another(here, 's'.repeat(300))), here.executables.of(here.image())];
  await here.executables.settled();
  assert.equal(paused.indexOf('#-'), 3, `${paused}`);
});

test('a file that grows while it is read is not taken for what was executed', async () => {
  const { executables, image, losses, real } = host('x'.repeat(1_000), {
    pause: async millis => millis > 0 && appendFileSync(real, 'x'),
  });
  const grown = executables.of(image());
  await executables.settled();
  assert.deepEqual([grown.hash, losses], ['', ['hash.unknown']]);
});

test('a queue that is full leaves programs without a hash and counts them', async () => {
  const { executables, image, losses } = host('x', { waiting: 1 });
  const { file, ...rest } = image();
  for (const inode of [1, 2, 3]) executables.of({ ...rest, file: { ...file!, inode } });
  await executables.settled();
  assert.deepEqual(losses, ['hash.crowded', 'hash.crowded']);
});

test('what found the queue full is hashed when it runs again', async () => {
  const { executables, image, losses } = host('x', { waiting: 1 });
  const { file, ...rest } = image();
  const first = executables.of({ ...rest, file: { ...file!, inode: 1 } });
  const second = executables.of({ ...rest, file: { ...file!, inode: 2 } });
  await executables.settled();
  assert.deepEqual([first.hash, second.hash, losses], [sha256('x'), '', ['hash.crowded']]);
  assert.equal(executables.of({ ...rest, file: { ...file!, inode: 2 } }), second);
  await executables.settled();
  assert.equal(second.hash, sha256('x'));
});

test('a file that could not be read is tried again with the next processes that run it, a few times', async () => {
  const { executables, image, proc, losses } = host();
  const elsewhere = { ...image(), mountNamespace: 8 };
  const seen = executables.of({ ...elsewhere, pid: 11 });
  await executables.settled();
  assert.equal(seen.hash, '');
  executables.of(elsewhere);
  await executables.settled();
  assert.deepEqual([seen.hash, losses], [sha256('program'), ['hash.unknown']]);

  unlinkSync(join(proc, '10/exe'));
  const gone = { ...elsewhere, file: { ...elsewhere.file!, inode: 1 } };
  for (let i = 0; i < 20; i++) {
    executables.of(gone);
    await executables.settled();
  }
  assert.equal(losses.length, 1 + 5);
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

test('programs that wait for their package are bounded and counted; those left out are asked for when they run again', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked: (readonly string[])[] = [];
  const owners = async (paths: readonly string[]) => {
    asked.push(paths);
    return new Map(paths.map(path => [path, `of ${path}`]));
  };
  const { executables, image, losses } = host('x', { owners, waiting: 2 });
  const run = async (inode: number, exe: string) => {
    const found = executables.of({ ...image(), exe, file: { ...image().file!, inode } });
    await executables.settled();
    return found;
  };
  await run(1, '/bin/a');
  // The same path again, with other content, waits like any other.
  await run(2, '/bin/a');
  const late = await run(3, '/bin/c');
  assert.deepEqual(losses, ['package.crowded']);
  t.mock.timers.tick(20_000);
  await executables.asked();
  assert.deepEqual([asked, late.package], [[['/bin/a']], '']);
  await run(3, '/bin/c');
  t.mock.timers.tick(20_000);
  await executables.asked();
  assert.deepEqual([asked[1], late.package, losses.length], [['/bin/c'], 'of /bin/c', 1]);
});

test('a question for packages that failed is asked again', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let works = false;
  const owners = async (paths: readonly string[]) => {
    if (!works) throw new Error('the database is locked');
    return new Map(paths.map(path => [path, 'shells 1']));
  };
  const { executables, image, losses } = host('x', { owners });
  for (works of [false, true]) {
    executables.of(image());
    await executables.settled();
    t.mock.timers.tick(20_000);
    await executables.asked();
  }
  assert.deepEqual([executables.of(image()).package, losses], ['shells 1', ['package.unknown']]);
});

test('a process whose last act is to close them ends when they are closed, not while a file is being hashed', () => {
  const { proc, image } = host('x'.repeat(1_000_000));
  const script = `
    import { setImmediate } from 'node:timers/promises';
    import { Executables } from ${JSON.stringify(import.meta.resolve('./executables.ts'))};
    const host = { namespace: ${hostNamespace}, root: '/' };
    const executables = new Executables({ count: () => undefined, owners: undefined, host, proc: ${JSON.stringify(proc)}, bytesPerSecond: 1e6 });
    const known = executables.of(${JSON.stringify(image())});
    for (let i = 0; i < 100; i++) await setImmediate();
    await executables.close();
    console.log('closed', known.hash);`;
  assert.equal(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }),
    'closed \n',
  );
});
