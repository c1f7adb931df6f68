/** Opens as the kernel tells them: what was opened, by which call and however it was asked for; counts to the last one. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FileFlag } from '@picket/proto';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';
import type { Open } from './event.ts';

describe('opens', sensorHere, () => {
  const { folder, act } = stage();
  const at = (name: string) => join(folder, name);
  const seen = watch();
  after(() => seen.source.close());
  const has = (what: number, flag: number) => (what & flag) !== 0;

  before(() => {
    const files = ['plain', 'other', 'counted', 'room/inside', 'jail/etc/secret', 'real/bound', 'ship/lower/etc/given'];
    for (const name of files) {
      mkdirSync(join(at(name), '..'), { recursive: true });
      writeFileSync(at(name), 'x');
    }
    for (const name of ['place', 'ship/upper', 'ship/work', 'ship/merged']) mkdirSync(at(name));
    symlinkSync('plain', at('link'));
  });

  /** Runs one act and gives the one open of it that ended at `path`. */
  async function opened(path: string, command: readonly string[]): Promise<Open> {
    const pid = seen.run([act, ...command], { cwd: folder });
    const [event, ...more] = (await seen.of('open', pid)).filter(each => each.path === path);
    assert.ok(event, `no open of ${path}`);
    assert.deepEqual(more, []);
    return event;
  }

  test('a relative path comes out as the file that was opened, what was asked for beside it', async () => {
    const event = await opened(at('plain'), ['open', `../${folder.split('/').at(-1)}/plain`, '0', '1']);
    assert.equal(event.asked, `../${folder.split('/').at(-1)}/plain`);
    const { dev, ino } = statSync(at('plain'));
    assert.deepEqual([event.device, event.inode, event.result, event.what], [dev, ino, 0, FileFlag.FILE_READ]);
  });

  test('a symbolic link comes out as the file behind it', async () => {
    assert.equal((await opened(at('plain'), ['open', at('link'), '0', '1'])).asked, at('link'));
  });

  test('each call that opens is seen: openat in a folder, openat2 with its flags, creat with the file it made', async () => {
    assert.equal((await opened(at('room/inside'), ['openat', at('room'), 'inside'])).asked, 'inside');
    const second = await opened(at('other'), ['openat2', at('other')]);
    assert.equal(second.flags, 0o2000002);
    assert.equal(second.what, FileFlag.FILE_READ | FileFlag.FILE_WRITE);
    const third = await opened(at('made'), ['creat', at('made')]);
    assert.equal(third.what, FileFlag.FILE_WRITE | FileFlag.FILE_CREATED);
  });

  /** Runs one act, and while it holds its file open reads from outside what /proc says of it; undefined where that can't be had here. */
  async function held(command: readonly string[]): Promise<{ shown: string; event: Open } | undefined> {
    const child = spawn(command[0]!, command.slice(1), { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    const code = await Promise.race([
      once(child.stdout, 'data').then(() => -1),
      once(child, 'exit').then(([is]) => is),
    ]);
    if (code === 3) return undefined;
    assert.equal(code, -1, 'the act failed');
    const ended = once(child, 'exit');
    let shown: string;
    let file: { dev: number; ino: number };
    try {
      const last = Math.max(...readdirSync(`/proc/${child.pid}/fd`).map(Number));
      const name = `/proc/${child.pid}/fd/${last}`;
      shown = readlinkSync(name, 'latin1');
      file = statSync(name);
    } finally {
      child.stdin.end();
      await ended;
    }
    const opens = await seen.of('open', child.pid!);
    const event = opens.findLast(each => each.device === file.dev && each.inode === file.ino);
    assert.ok(event, `no open of ${shown}`);
    return { shown, event };
  }

  const isShortOfNames = () => seen.source.fallbacks.some(words => words.includes('128 names'));

  /** The path of /proc, as the event has it. */
  const asShown = ({ path, what }: Open) => (has(what, FileFlag.FILE_UNLINKED) ? `${path} (deleted)` : path);

  /** A folder so that `levels` folders of `name` in it, and `leaf` in the last one, are a path of 4,095 bytes: no longer one is shown. */
  function baseFor(name: string, levels: number): string {
    const left = 4_095 - levels * (name.length + 1) - '/leaf'.length - at('/').length;
    const base = at('b'.repeat(left));
    mkdirSync(base);
    return base;
  }

  /** Each place, what is done there, and where that is for whoever looks from outside. */
  const places: readonly (readonly [place: string, act: () => readonly string[], path: () => string])[] = [
    ['a symbolic link', () => ['openat', '/', at('link')], () => at('plain')],
    ['a name in an open folder', () => ['openat', 'room', 'inside'], () => at('room/inside')],
    ['/proc/self/root', () => ['openat', '/', `/proc/self/root${at('plain')}`], () => at('plain')],
    ['a chroot', () => ['chroot', at('jail'), '/etc/secret'], () => at('jail/etc/secret')],
    ['a bind mount', () => ['bind', at('real'), at('place'), at('place/bound')], () => at('place/bound')],
    ['a tmpfs', () => ['tmpfs', at('place'), 'made'], () => at('place/made')],
    ['a container, from its image', () => ['container', at('ship'), '/etc/given'], () => '/etc/given'],
    ['a container, made there', () => ['container', at('ship'), '/made'], () => '/made'],
    ['a file that was deleted', () => ['deleted', at('short-lived')], () => `${at('short-lived')} (deleted)`],
    ['a name of 1,023 bytes', () => ['long-name', at('place'), '1023'], () => `${at('place')}/<${'n'.repeat(1_022)}`],
    ['4,095 bytes of 240 each', () => ['deep', baseFor('n'.repeat(240), 16), 'n'.repeat(240), '16'], () => ''],
    ['4,095 bytes of one each', () => ['deep', baseFor('d', 1_920), 'd', '1920'], () => ''],
  ];

  for (const [place, acts, path] of places)
    test(`the path is that of /proc/PID/fd, seen from outside: ${place}`, async t => {
      if (place.startsWith('4,095 bytes of one') && isShortOfNames())
        return t.skip('this kernel tells 128 names of a path');
      const found = await held([act, 'hold', ...acts()]);
      if (!found) return t.skip('this host has no such place');
      const { shown, event } = found;
      assert.equal(asShown(event), shown);
      if (path() !== '') assert.equal(shown, path());
      else assert.equal(shown.length, 4_095);
      assert.ok(!has(event.what, FileFlag.FILE_PATH_CUT | FileFlag.FILE_DETACHED));
    });

  test('the path is that of /proc/PID/fd, seen from outside: a name with newlines and bytes that are not UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x0a, 0xff, 0x0a, 0xc3, 0x28, 0x5c, 0xfe])]);
    writeFileSync(name, 'x');
    // The arguments of Node are UTF-8.
    const script = `exec "$0" hold openat / "$(printf '%s/\\n\\377\\n\\303(\\\\\\376' "$1")"`;
    const { shown, event } = (await held(['/bin/sh', '-c', script, act, folder]))!;
    assert.deepEqual([shown, event.path], [name.toString('latin1'), name.toString('latin1')]);
  });

  test('a file that never had a name has the one that /proc shows', async () => {
    const { shown, event } = (await held([act, 'hold', 'tmpfile', folder]))!;
    assert.equal(asShown(event), shown);
    assert.match(event.path, /\/#\d+$/);
    assert.ok(has(event.what, FileFlag.FILE_UNLINKED));
  });

  test('in a mount that hangs nowhere the path is the one within its file system, flagged', async t => {
    for (const [command, path] of [
      [['detached', at('room'), 'inside'], at('room/inside')],
      [['unmounted', at('place'), 'made'], '/made'],
      // The root of a file system.
      [['detached', '/dev', '.'], '/'],
    ] as const) {
      const found = await held([act, 'hold', ...command]);
      if (!found) return t.skip('this kernel makes no such mount');
      // What /proc shows begins at the mount: /inside, as if it lay in the root.
      assert.ok(path.endsWith(found.shown));
      assert.ok(path.endsWith(found.event.path) && found.event.path.endsWith(found.shown));
      assert.ok(has(found.event.what, FileFlag.FILE_DETACHED));
    }
  });

  test('of a path that is longer than 4,096 bytes the last ones are told, flagged and counted', async t => {
    if (isShortOfNames()) return t.skip('this kernel tells 128 names of a path');
    for (const [base, name, levels] of [
      ['long', 'n'.repeat(250), 40],
      ['deeper', 'd', 2_100],
    ] as const) {
      mkdirSync(at(base));
      const before = seen.source.counters()['path.cut'] ?? 0;
      const opens = await seen.of('open', seen.run([act, 'deep', at(base), name, `${levels}`]));
      const cut = opens.find(event => event.asked === 'leaf');
      assert.ok(has(cut?.what ?? 0, FileFlag.FILE_PATH_CUT));
      assert.equal(cut?.path, `${at(base)}/${`${name}/`.repeat(levels)}leaf`.slice(-4_096));
      assert.ok((seen.source.counters()['path.cut'] ?? 0) > before);
    }
  });

  test('of a name that is longer than 1,023 bytes the end is told, flagged', async t => {
    const found = await held([act, 'hold', 'long-name', at('place'), '1024']);
    if (!found) return t.skip('no name is that long here');
    assert.equal(found.event.path, 'n'.repeat(1_023));
    assert.ok(has(found.event.what, FileFlag.FILE_PATH_CUT));
  });

  test('a pipe that is opened again is anonymous, with its inode', async () => {
    seen.run(['/bin/sh', '-c', 'echo x | "$1" open /proc/self/fd/0 0 1', 'sh', act]);
    const event = await seen.first('open', each => each.asked === '/proc/self/fd/0');
    assert.equal(event.path, `anonymous:[${event.inode}]`);
  });

  test('repetition is two events at once and counts that add up exactly, per way of opening', async () => {
    await using own = watch({ foldMillis: 200 });
    const reads = own.run([act, 'open', at('counted'), '0', '25000']);
    const writes = own.run([act, 'open', at('counted'), '1', '300']);
    const events = await own.all('open', e => (e.pid === reads || e.pid === writes) && e.path === at('counted'));
    const total = (pid: number) => events.filter(e => e.pid === pid).reduce((sum, e) => sum + e.count, 0);
    assert.deepEqual([total(reads), total(writes)], [25_000, 300]);
    const first = events.filter(e => e.pid === reads).map(({ count }) => count);
    assert.deepEqual([first[0], first[1]], [1, 1]);
    assert.ok(first[2]! > 1);
    assert.ok(events.length < 40, `${events.length} events for 25,300 opens`);
  });

  test('threads that open one file at once are counted to the last open', async () => {
    await using own = watch({ foldMillis: 50 });
    const pid = own.run([act, 'open-together', at('counted'), '0', '20000']);
    const events = await own.all('open', event => event.pid === pid && event.path === at('counted'));
    assert.equal(
      events.reduce((sum, event) => sum + event.count, 0),
      80_000,
    );
  });

  test('the same file under another name is another event', async () => {
    linkSync(at('counted'), at('second-name'));
    const opens = await seen.of('open', seen.run(['/bin/cat', at('counted'), at('second-name')]));
    const { ino } = statSync(at('counted'));
    assert.deepEqual(
      opens.filter(event => event.inode === ino).map(event => event.path),
      [at('counted'), at('second-name')],
    );
  });

  test('a refused open is told with its error and what it was for', async () => {
    const nobody = 65_534;
    writeFileSync(at('secret'), 'x', { mode: 0o600 });
    const opens = await seen.of('open', seen.run(['/bin/cat', './secret'], { cwd: folder, uid: nobody }));
    const denied = opens.find(event => event.result === -13);
    assert.deepEqual([denied?.path, denied?.asked, denied?.what], [at('secret'), './secret', FileFlag.FILE_READ]);
  });

  test('a missing file is told where looking for it says something, and only there', async () => {
    const telling = ['/etc/picket-nothing', '/root/.picket-nothing', '/home/somebody/.ssh/id_ed25519', '.ssh/id_rsa'];
    const boring = [at('nothing'), '/home/somebody/letter', '/rootless', 'nothing'];
    for (const path of [...telling, ...boring]) {
      const failed = (await seen.of('open', seen.run([act, 'open', path, '2', '1'], { cwd: folder }))).filter(
        e => e.result,
      );
      const expected = path.startsWith('/') ? path : at(path);
      assert.deepEqual(
        failed.map(event => [event.path, event.result, event.what]),
        telling.includes(path) ? [[expected, -2, FileFlag.FILE_READ | FileFlag.FILE_WRITE]] : [],
      );
    }
  });

  test('an open whose descriptor is closed before anybody looks is told by the path that was asked for', async () => {
    const missing = () => seen.source.counters()['file.missing'] ?? 0;
    const before = missing();
    // How often the other thread is in time is up to the machine.
    let pid = 0;
    for (let tries = 0; missing() === before && tries < 200; tries++)
      pid = seen.run([act, 'open-race', './plain', '5000'], { cwd: folder });
    const told = (await seen.of('open', pid)).find(event => event.path === at('plain') && event.inode === 0);
    assert.deepEqual(
      [told?.asked, told?.result, told?.what],
      ['./plain', 0, FileFlag.FILE_READ | FileFlag.FILE_AS_ASKED],
    );
  });

  test('an open by a handle is told with the true path', async t => {
    const command = [act, 'by-handle', at('plain'), folder] as const;
    if (spawnSync(command[0], command.slice(1)).status === 3) return t.skip('no handles in this file system');
    const opens = (await seen.of('open', seen.run(command))).filter(event => event.path === at('plain'));
    assert.deepEqual(
      opens.map(event => [event.asked, event.result, event.what, event.inode]),
      [['', 0, FileFlag.FILE_READ, statSync(at('plain')).ino]],
    );
  });

  test('the call of a 32-bit program is seen as the open that it is', async () => {
    await opened(at('other'), ['open32', at('other')]);
  });
});
