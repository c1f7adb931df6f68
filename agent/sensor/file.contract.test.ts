/** Opens as the kernel tells them: what was opened, by which call and however it was asked for; counts to the last one. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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
    for (const name of ['plain', 'other', 'counted', 'room/inside', 'jail/etc/secret', 'real/bound']) {
      mkdirSync(join(at(name), '..'), { recursive: true });
      writeFileSync(at(name), 'x');
    }
    symlinkSync('plain', at('link'));
    mkdirSync(at('place'));
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

  test('a chroot is not believed: the path is the true one', async () => {
    assert.equal((await opened(at('jail/etc/secret'), ['chroot', at('jail'), '/etc/secret'])).asked, '/etc/secret');
  });

  test('a way through /proc/self/root comes out as the file itself', async () => {
    await opened(at('plain'), ['open', `/proc/self/root${at('plain')}`, '0', '1']);
  });

  test('a bind mount comes out as the place where it was opened, with the same inode', async () => {
    const event = await opened(at('place/bound'), ['bind', at('real'), at('place'), at('place/bound')]);
    assert.equal(event.inode, statSync(at('real/bound')).ino);
  });

  test('a file without a name has the path that it had, and the flag that it is gone', async () => {
    const deleted = await seen.of('open', seen.run([act, 'deleted', at('short-lived')]));
    const gone = deleted.find(event => event.asked.startsWith('/proc/self/fd/'));
    assert.equal(gone?.path, at('short-lived'));
    assert.ok(has(gone?.what ?? 0, FileFlag.FILE_UNLINKED));
    const opens = await seen.of('open', seen.run([act, 'tmpfile', folder]));
    const nameless = opens.find(event => event.asked === folder);
    assert.ok(has(nameless?.what ?? 0, FileFlag.FILE_UNLINKED));
    assert.match(nameless?.path ?? '', /\/#\d+$/);
  });

  test('bytes that are not UTF-8 come out as they are', async () => {
    const name = Buffer.concat([Buffer.from(`${folder}/odd`), Buffer.from([0xff, 0xfe, 0x0a])]);
    writeFileSync(name, 'x');
    seen.run(['/bin/sh', '-c', 'cat "$1"/odd*', 'sh', folder]);
    await seen.first('open', event => event.path === name.toString('latin1') && event.what === FileFlag.FILE_READ);
  });

  test('a path of 120 folders is whole; a deeper one is its tail, flagged and counted', async () => {
    mkdirSync(at('deep'));
    const whole = await opened(`${at('deep')}/${'d/'.repeat(110)}leaf`, ['deep', at('deep'), 'd', '110']);
    assert.ok(!has(whole.what, FileFlag.FILE_PATH_CUT));
    mkdirSync(at('deeper'));
    const opens = await seen.of('open', seen.run([act, 'deep', at('deeper'), 'd', '200']));
    const cut = opens.find(event => event.asked === 'leaf');
    assert.ok(has(cut?.what ?? 0, FileFlag.FILE_PATH_CUT));
    assert.ok(cut?.path.endsWith('/d/d/d/leaf'));
    assert.ok((seen.source.counters()['path.cut'] ?? 0) > 0);
  });

  test('a path longer than 4,096 bytes is its tail, flagged', async () => {
    mkdirSync(at('long'));
    const opens = await seen.of('open', seen.run([act, 'deep', at('long'), 'n'.repeat(250), '40']));
    const cut = opens.find(event => event.asked === 'leaf');
    assert.ok(has(cut?.what ?? 0, FileFlag.FILE_PATH_CUT));
    assert.equal(cut?.path.length, 4096);
    assert.ok(cut?.path.endsWith(`${'n'.repeat(250)}/leaf`));
  });

  test('a pipe that is opened again is anonymous, with its inode', async () => {
    seen.run(['/bin/sh', '-c', 'echo x | "$1" open /proc/self/fd/0 0 1', 'sh', act]);
    const event = await seen.first('open', each => each.asked === '/proc/self/fd/0');
    assert.equal(event.path, `anonymous:[${event.inode}]`);
  });

  test('repetition is one event at once and counts that add up exactly, per way of opening', async () => {
    await using own = watch({ foldMillis: 200 });
    const reads = own.run([act, 'open', at('counted'), '0', '25000']);
    const writes = own.run([act, 'open', at('counted'), '1', '300']);
    const events = await own.all('open', e => (e.pid === reads || e.pid === writes) && e.path === at('counted'));
    const total = (pid: number) => events.filter(e => e.pid === pid).reduce((sum, e) => sum + e.count, 0);
    assert.deepEqual([total(reads), total(writes)], [25_000, 300]);
    assert.equal(events.find(e => e.pid === reads)?.count, 1);
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
    assert.deepEqual([told?.asked, told?.result, told?.what], ['./plain', 0, FileFlag.FILE_READ]);
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
