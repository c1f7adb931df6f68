/** Sockets as the kernel tells them: both ends of real connections on this machine, refused ones, datagrams, unix sockets. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';
import type { Network } from './event.ts';

describe('sockets', sensorHere, () => {
  const { folder, act } = stage();
  const seen = watch();
  after(() => seen.source.close());

  /** Resolves when it listens. It holds up neither the end of a test that failed nor that of the process. */
  async function listening(server: Server): Promise<number> {
    after(() => server.close());
    await once(server.unref(), 'listening');
    return (server.address() as AddressInfo)?.port;
  }

  const tcp = 6;
  const udp = 17;
  const refused = -111;
  const inProgress = -115;
  const v4 = String.fromCharCode(127, 0, 0, 1);
  const v6 = `${'\0'.repeat(15)}\x01`;

  /** A port of 127.0.0.1 that nobody listens on. */
  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  const network = async (pid: number) => {
    const all = await Promise.all((['bind', 'listen', 'connect', 'accept'] as const).map(kind => seen.of(kind, pid)));
    return all.flat() as Network[];
  };

  for (const { address, name, bytes, family } of [
    { address: '127.0.0.1', name: 'IPv4', bytes: v4, family: 4 },
    { address: '::1', name: 'IPv6', bytes: v6, family: 6 },
  ]) {
    test(`${name}: bind, listen, connect and accept are told with both ends`, async () => {
      const events = await network(seen.run([act, 'accept', address, '0']));
      const [bind, listen, connected, accepted] = events;
      assert.deepEqual(
        events.map(event => [event.kind, event.family, event.protocol, event.result, event.localAddress]),
        ['bind', 'listen', 'connect', 'accept'].map(kind => [kind, family, tcp, 0, bytes]),
      );
      const port = bind?.localPort ?? 0;
      assert.ok(port > 0);
      assert.deepEqual([listen?.localPort, accepted?.localPort, connected?.remotePort], [port, port, port]);
      assert.deepEqual([connected?.remoteAddress, accepted?.remoteAddress, bind?.remoteAddress], [bytes, bytes, '']);
      assert.equal(accepted?.remotePort, connected?.localPort);
    });

    test(`${name}: at the end of a connection both sides are told with what it carried, and for how long`, async () => {
      const pid = seen.run([act, 'carry', address, '0', '1000']);
      const { localPort } = await seen.first('connect', event => event.pid === pid);
      // The second may be told by the kernel after the program's end.
      const out = await seen.first('close', event => event.pid === pid && !event.accepted);
      const into = await seen.first('close', event => event.pid === pid && event.accepted);
      assert.deepEqual([out.sent, out.received, into.sent, into.received], [1_000, 2_000, 2_000, 1_000]);
      assert.deepEqual([out.localPort, into.remotePort], [localPort, localPort]);
      assert.deepEqual([out.remotePort, into.localPort, out.family], [into.localPort, out.remotePort, family]);
      assert.deepEqual([out.localAddress, out.remoteAddress], [bytes, bytes]);
      assert.ok(out.runMicros > 0 && into.runMicros > 0);
    });

    test(`${name}: a refused connection is told with where it went`, async () => {
      const port = await freePort();
      const [event, ...more] = await network(seen.run([act, 'connect', address, String(port)]));
      assert.deepEqual(
        [event?.kind, event?.result, event?.remoteAddress, event?.remotePort],
        ['connect', refused, bytes, port],
      );
      assert.deepEqual(more, []);
    });

    test(`${name}: datagrams to an address are connects, folded`, async () => {
      await using own = watch({ foldMillis: 200 });
      const receiver = createSocket(family === 6 ? 'udp6' : 'udp4').unref();
      after(() => receiver.close());
      receiver.bind(0, address);
      await once(receiver, 'listening');
      const pid = own.run([act, 'send', address, String(receiver.address().port), '500']);
      const events = await own.all('connect', event => event.pid === pid);
      assert.deepEqual(
        [events[0]?.protocol, events[0]?.remoteAddress, events[0]?.remotePort],
        [udp, bytes, receiver.address().port],
      );
      assert.equal(
        events.reduce((sum, event) => sum + event.count, 0),
        500,
      );
    });
  }

  test('a connection that was not waited for is told with its outcome', async () => {
    const port = await listening(createServer().listen(0, '127.0.0.1'));
    const socket = connect(port, '127.0.0.1').unref();
    await once(socket, 'connect');
    const { localPort } = socket;
    const made = await seen.first('connect', event => event.remotePort === port && event.result === 0);
    assert.deepEqual([made.pid, made.remoteAddress, made.localPort], [process.pid, v4, localPort]);
    socket.destroy();
    const closed = await freePort();
    const failing = connect(closed, '127.0.0.1');
    await once(failing, 'error');
    await seen.first('connect', event => event.remotePort === closed && event.result === refused);
  });

  test('a connection that nobody answers is told at once as in progress, and as ended when it is given up', async () => {
    // TEST-NET-1 (RFC 5737): no host has such an address.
    const socket = connect(9, '192.0.2.1').unref();
    socket.on('error', () => undefined);
    const started = await seen.first('connect', event => event.remotePort === 9 && event.pid === process.pid);
    if (started.result !== inProgress) return;
    socket.destroy();
    const given = await seen.first(
      'connect',
      e => e.remotePort === 9 && e.pid === process.pid && e.result !== inProgress,
    );
    assert.ok(given.result < 0);
  });

  /** Connections of a process that came to be, and those of them whose end was told. */
  async function made(command: readonly string[]): Promise<[connects: number, closes: number]> {
    await using own = watch({ foldMillis: 100 });
    const pid = own.run([act, ...command]);
    const connects = await own.all('connect', event => event.pid === pid && event.result === 0);
    const closes = await own.all('close', event => event.pid === pid && !event.accepted);
    assert.ok(connects.every(event => event.protocol === tcp && event.remotePort > 0));
    return [connects.reduce((sum, event) => sum + event.count, 0), closes.length];
  }

  test('a connect that a signal interrupts, and that comes to be all the same, is told', async () => {
    assert.deepEqual(await made(['interrupted', '127.0.0.1']), [2, 2]);
    assert.deepEqual(await made(['interrupted', '::1']), [2, 2]);
  });

  test('where more connections are open than are followed, each is told once all the same', async t => {
    const most = Number(spawnSync('/bin/sh', ['-c', 'ulimit -Hn']).stdout);
    if (most < 2 * 8_300 + 100) return t.skip(`a process may have ${most} files open here`);
    const command = [act, 'crowd', '127.0.0.1', '8300'];
    await using own = watch({ foldMillis: 100 });
    const pid = own.run(command);
    const connects = await own.all('connect', event => event.pid === pid);
    assert.ok((own.source.counters()['connections.full'] ?? 0) > 0);
    const told = new Map<number, number>();
    for (const { remotePort, count } of connects) told.set(remotePort, (told.get(remotePort) ?? 0) + count);
    assert.ok(connects.every(event => event.result === 0));
    assert.deepEqual([...told.values()], [8_300, 2]);
  });

  test('a connection of MPTCP is told once, as the one of TCP that carries it, and so is its end', async t => {
    const mptcp = spawnSync(act, ['carry-mptcp', '127.0.0.1', '0']);
    if (mptcp.status === 3) return t.skip('this kernel has no MPTCP');
    const pid = seen.run([act, 'carry-mptcp', '127.0.0.1', '0']);
    const out = await seen.first('close', event => event.pid === pid && !event.accepted);
    const into = await seen.first('close', event => event.pid === pid && event.accepted);
    assert.deepEqual([out.localPort, out.remotePort], [into.remotePort, into.localPort]);
    const [made, ...twice] = await seen.of('connect', pid);
    assert.deepEqual([made?.protocol, made?.result, made?.remotePort], [tcp, 0, out.remotePort]);
    const [accepted, ...again] = await seen.of('accept', pid);
    assert.deepEqual([accepted?.protocol, accepted?.localPort], [tcp, out.remotePort]);
    assert.deepEqual([twice, again], [[], []]);
    const port = await freePort();
    const failed = await network(seen.run([act, 'connect-mptcp', '127.0.0.1', String(port)]));
    assert.deepEqual(
      failed.map(event => [event.kind, event.protocol, event.remotePort, event.result]),
      [['connect', tcp, port, refused]],
    );
  });

  for (const way of ['sendto', 'sendmsg', 'sendmmsg'])
    test(`a connection that a ${way} makes is told, waited for or not`, async () => {
      assert.deepEqual(await made(['send-first', '127.0.0.1', way, 'now']), [2, 2]);
      assert.deepEqual(await made(['send-first', '127.0.0.1', way, 'later']), [2, 2]);
    });

  test('each datagram of a sendmmsg is told with where it went, and what goes beyond the first 32 is counted', async () => {
    await using own = watch();
    const pid = own.run([act, 'send-many', '127.0.0.1', '20001', '20']);
    const some = await own.of('connect', pid);
    const ports = Array.from({ length: 20 }, (_, i) => 20_001 + i);
    assert.deepEqual(
      some.map(event => event.remotePort),
      ports,
    );
    await own.of('connect', own.run([act, 'send-many', '127.0.0.1', '20001', '40']));
    // Of all processes of the machine.
    assert.ok((own.source.counters()['datagram.untold'] ?? 0) >= 8);
  });

  test('where packets without ports go is told', async t => {
    const icmp = 1;
    for (const kind of ['raw', 'datagram'])
      for (const how of ['free', 'connected']) {
        const command = [act, 'ping', '127.0.0.1', kind, how] as const;
        if (spawnSync(command[0], command.slice(1)).status === 3) {
          t.diagnostic(`this host gives nobody a socket for ${kind} pings`);
          continue;
        }
        const told = await network(seen.run(command));
        assert.deepEqual(
          told.map(event => [event.kind, event.protocol, event.remoteAddress, event.remotePort]),
          [['connect', icmp, v4, 0]],
          `${kind}, ${how}`,
        );
      }
  });

  test('an IPv6 socket that talks to an IPv4 peer is told as IPv4', async () => {
    const port = await listening(createServer(socket => socket.end()).listen(0, '::'));
    const pid = seen.run([act, 'connect', '127.0.0.1', String(port)]);
    const accepted = await seen.first('accept', event => event.localPort === port);
    assert.deepEqual([accepted.family, accepted.localAddress, accepted.remoteAddress], [4, v4, v4]);
    assert.equal((await network(pid))[0]?.result, 0);
  });

  test('a unix socket is told by the path of the one that was reached, or by its abstract name', async () => {
    mkdirSync(join(folder, 'sockets'));
    const path = join(folder, 'sockets', 'here');
    const abstract = `picket-${process.pid}`;
    const servers = [createServer().listen(path), createServer().listen(`\0${abstract}`)];
    await Promise.all(servers.map(listening));
    const [byPath] = await seen.of('unix-connect', seen.run([act, 'unix', 'sockets/here'], { cwd: folder }));
    assert.deepEqual([byPath?.path, byPath?.result], [path, 0]);
    const [byName] = await seen.of('unix-connect', seen.run([act, 'unix', `@${abstract}`]));
    assert.deepEqual([byName?.path, byName?.result], [`\0${abstract}`, 0]);
    const [nobody] = await seen.of('unix-connect', seen.run([act, 'unix', `@${abstract}-nobody`]));
    assert.deepEqual([nobody?.path, nobody?.result], [`\0${abstract}-nobody`, refused]);
  });

  test('the same name from another folder is another unix socket', async () => {
    const paths = ['one', 'other'].map(name => join(folder, name, 'same'));
    for (const path of paths) {
      mkdirSync(dirname(path));
      await listening(createServer().listen(path));
    }
    const told = await seen.of(
      'unix-connect',
      seen.run([act, 'unix-from', 'same', ...paths.map(path => dirname(path))]),
    );
    assert.deepEqual(
      told.map(({ path, count }) => [path, count]),
      paths.map(path => [path, 1]),
    );
  });

  test('a datagram to a unix socket is told by the path that it was sent to, from whatever folder', async () => {
    const path = join(folder, 'datagrams');
    const receiver = spawn(act, ['unix-receive', path], { stdio: ['pipe', 'pipe', 'inherit'] });
    after(() => receiver.kill());
    await once(receiver.stdout, 'data');
    for (const way of ['sendto', 'sendmsg']) {
      const told = await seen.of('unix-connect', seen.run([act, 'unix-datagram', path, way]));
      assert.deepEqual(
        told.map(event => [event.path, event.result]),
        [[path, 0]],
        way,
      );
    }
    const [relative] = await seen.of(
      'unix-connect',
      seen.run([act, 'unix-datagram', 'datagrams', 'sendto'], { cwd: folder }),
    );
    assert.equal(relative?.path, path);
  });
});
