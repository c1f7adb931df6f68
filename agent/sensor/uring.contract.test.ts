/** Requests to io_uring: told like the calls that they replace, as the deeds of the process that submitted them. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FileFlag, Operation } from '@picket/proto';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';
import type { Change, Network } from './event.ts';

describe('io_uring', sensorHere, () => {
  const { folder } = stage();
  const act = join(folder, 'act-uring');
  execFileSync('cc', ['-O1', '-o', act, fileURLToPath(new URL('./contract/act-uring.c', import.meta.url))]);
  const at = (name: string) => join(folder, name);
  const seen = watch();
  after(() => seen.source.close());
  const byRing = FileFlag.BY_IO_URING;
  const v4 = String.fromCharCode(127, 0, 0, 1);

  /** What this kernel does not have by io_uring exits with 3. */
  const can = (...command: string[]): boolean => spawnSync(act, command, { stdio: 'ignore' }).status !== 3;
  const changes = async (pid: number) => (await seen.of('file-change', pid)) as Change[];

  for (const how of ['plain', 'async', 'sqpoll']) {
    const skip = sensorHere.skip ? false : can(how, 'refused', '/') ? false : 'no io_uring here';
    describe(how, { skip }, () => {
      test('an open is told with the true path of what was opened, and its repetition is one event', async () => {
        const path = at(`${how}-opened`);
        const link = at(`${how}-link`);
        writeFileSync(path, 'x');
        symlinkSync(path, link);
        const pid = seen.run([act, how, 'open', link, '/etc/picket-nothing']);
        const opens = (await seen.of('open', pid)).filter(event => event.what & byRing);
        assert.deepEqual(
          opens.map(event => [event.path, event.asked, event.what & ~byRing, event.result]),
          [
            [path, link, FileFlag.FILE_READ, 0],
            [path, link, FileFlag.FILE_READ | FileFlag.FILE_WRITE, 0],
            ['/etc/picket-nothing', '', FileFlag.FILE_READ, -2],
          ],
        );
        assert.ok(opens.slice(0, 2).every(event => event.inode > 0));
      });

      test('changes of names are told with both paths', async () => {
        const place = at(`${how}-names`);
        mkdirSync(place);
        const events = await changes(seen.run([act, how, 'change', place]));
        assert.deepEqual(
          events.map(({ operation, path, other, result, what }) => [Operation[operation], path, other, result, what]),
          [
            ['LINK', `${place}/subject`, `${place}/second`, 0, byRing],
            ['SYMLINK', `${place}/soft`, '/no/where', 0, byRing],
            ['RENAME', `${place}/second`, `${place}/third`, 0, byRing],
            ['UNLINK', `${place}/third`, '', 0, byRing],
            ['UNLINK', `${place}/soft`, '', 0, byRing],
            ['UNLINK', `${place}/subject`, '', 0, byRing],
          ],
        );
      });

      test('a connection is told with both ends and its outcome', async () => {
        const server = createServer().listen(0, '127.0.0.1');
        after(() => server.close());
        await once(server.unref(), 'listening');
        const { port } = server.address() as AddressInfo;
        const [made] = await seen.of('connect', seen.run([act, how, 'connect', '127.0.0.1', String(port)]));
        assert.deepEqual([made?.remoteAddress, made?.remotePort, made?.result, made?.what], [v4, port, 0, byRing]);
        assert.ok((made?.localPort ?? 0) > 0);
        server.close();
        await once(server, 'close');
        const [refused] = await seen.of('connect', seen.run([act, how, 'connect', '127.0.0.1', String(port)]));
        assert.deepEqual([refused?.remoteAddress, refused?.remotePort, refused?.result], [v4, port, -111]);
      });

      test('a connect that was cancelled, and that comes to be all the same, is told, and so is its end', async () => {
        await using own = watch({ foldMillis: 100 });
        const pid = own.run([act, how, 'cancelled', '127.0.0.1']);
        const connects = await own.all('connect', event => event.pid === pid && event.result === 0);
        const ring = connects.filter(event => event.what === byRing);
        assert.deepEqual([connects.length, ring.length], [2, 1]);
        assert.equal((await own.all('close', event => event.pid === pid && !event.accepted)).length, 2);
      });

      test('connections that are accepted one by one, and by one request that goes on, are told each', async () => {
        for (const kind of ['one', 'many']) {
          if (!can(how, 'accept', '127.0.0.1', '1', kind)) continue;
          await using own = watch({ foldMillis: 100 });
          const pid = own.run([act, how, 'accept', '127.0.0.1', '3', kind]);
          const events: Network[] = await own.all('accept', event => event.pid === pid);
          assert.equal(
            events.reduce((sum, event) => sum + event.count, 0),
            3,
            kind,
          );
          assert.ok(events.every(event => event.what === byRing && event.remoteAddress === v4 && event.localPort > 0));
        }
      });

      test('a datagram to an address, a server’s socket and a raw one are told', async () => {
        const [sent] = await seen.of('connect', seen.run([act, how, 'send', '127.0.0.1', '9']));
        assert.deepEqual([sent?.protocol, sent?.remoteAddress, sent?.remotePort, sent?.what], [17, v4, 9, byRing]);
        if (can(how, 'serve', '127.0.0.1', '0')) {
          const pid = seen.run([act, how, 'serve', '127.0.0.1', '0']);
          const [bound] = await seen.of('bind', pid);
          const [listening] = await seen.of('listen', pid);
          assert.deepEqual([bound?.localAddress, bound?.what, listening?.what], [v4, byRing, byRing]);
          assert.equal(bound?.localPort, listening?.localPort);
        }
        if (!can(how, 'raw')) return;
        const [raw] = (await seen.of('socket-open', seen.run([act, how, 'raw']))) as Change[];
        assert.deepEqual([raw?.operation, raw?.value, raw?.what], [Operation.RAW_SOCKET, 1, byRing]);
      });

      test('a unix socket that was reached is told by its path', async () => {
        const path = at(`${how}-socket`);
        const server = createServer().listen(path);
        after(() => server.close());
        await once(server.unref(), 'listening');
        const [reached] = await seen.of('unix-connect', seen.run([act, how, 'unix', path]));
        assert.deepEqual([reached?.path, reached?.result, reached?.what], [path, 0, byRing]);
      });
    });
  }

  const skip = sensorHere.skip ? false : can('plain', 'refused', '/') ? false : 'no io_uring here';

  test('an open that was refused is told with what was asked for', { skip }, async () => {
    const nobody = 65_534;
    writeFileSync(at('secret'), 'x', { mode: 0o600 });
    chmodSync(folder, 0o755);
    const opens = await seen.of('open', seen.run([act, 'plain', 'refused', './secret'], { cwd: folder, uid: nobody }));
    const denied = opens.find(event => event.what & byRing);
    assert.deepEqual(
      [denied?.path, denied?.asked, denied?.result, denied?.what],
      [at('secret'), './secret', -13, FileFlag.FILE_WRITE | byRing],
    );
  });

  test('of a connect that is dropped before it begins nothing stays', { skip }, async t => {
    await using own = watch();
    const pid = own.run([act, 'plain', 'dropped', '127.0.0.1', '9000']);
    const { code } = (await own.of('exit', pid))[0]!;
    if (code === 3) return t.skip('so many files can’t be open here');
    assert.equal(code, 0);
    assert.equal(own.source.counters()['pending.full'], 0);
  });

  test('an open that gives no descriptor is told with what was asked for', { skip }, async () => {
    writeFileSync(at('direct'), 'x');
    const missing = seen.source.counters()['file.missing']!;
    const opens = await seen.of('open', seen.run([act, 'plain', 'direct', `${folder}/.//direct`]));
    const open = opens.find(event => event.what & byRing);
    assert.deepEqual([open?.path, open?.asked, open?.result], [at('direct'), `${folder}/.//direct`, 0]);
    assert.ok(open!.what & FileFlag.FILE_AS_ASKED);
    assert.ok(seen.source.counters()['file.missing']! > missing);
  });

  test('a request that says nothing of its success is told all the same', { skip }, async () => {
    writeFileSync(at('silent'), 'x');
    const [gone] = await changes(seen.run([act, 'silent', 'silent-unlink', at('silent')]));
    assert.deepEqual([gone?.operation, gone?.path, gone?.what], [Operation.UNLINK, at('silent'), byRing]);
  });
});
