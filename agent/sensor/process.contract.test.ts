/** Processes as the kernel tells them: real programs are run, and what the sensor says of them is compared with what was run. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ProcessFlag } from '@picket/proto';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';

describe('processes', sensorHere, () => {
  const { folder, act } = stage();
  const at = (name: string) => join(folder, name);
  const seen = watch();
  after(() => seen.source.close());

  const shell = readlinkSync('/bin/sh').startsWith('/')
    ? readlinkSync('/bin/sh')
    : `/usr/bin/${readlinkSync('/bin/sh')}`;
  const none = 4_294_967_295;

  async function executed(pid: number) {
    const execs = await seen.of('exec', pid);
    const last = execs.at(-1);
    assert.ok(last, 'no exec');
    return last;
  }

  test('a program that runs is one fork, one exec with its arguments and one exit with its code', async () => {
    const pid = seen.run(['/bin/sh', '-c', 'exit 7', 'marker'], { cwd: folder });
    const { image, asked } = await executed(pid);
    const fork = await seen.first('fork', event => event.childPid === pid);
    const exit = await seen.first('exit', event => event.pid === pid);
    assert.deepEqual([image.exe, asked, image.cwd], [shell, '/bin/sh', folder]);
    assert.equal(image.args, '/bin/sh\0-c\0exit 7\0marker\0');
    assert.equal(image.argsBytes, image.args.length);
    assert.deepEqual([image.uid, image.euid, image.gid], [0, 0, 0]);
    assert.deepEqual([fork.pid, fork.childTicks], [process.pid, image.startTicks]);
    assert.deepEqual([exit.code, exit.signal, exit.startTicks], [7, 0, image.startTicks]);
    assert.ok(exit.runMicros > 0 && exit.runMicros < 10_000_000);
  });

  test('identity is that of /proc: start, parent, namespaces, cgroup, login', async () => {
    const pid = seen.run(['/bin/cat', '/proc/self/stat']);
    const { image } = await executed(pid);
    const own = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ') ?? [];
    assert.deepEqual([image.parentPid, image.parentTicks], [process.pid, Number(own[19])]);
    const namespace = (kind: string) => Number(readlinkSync(`/proc/self/ns/${kind}`).match(/\d+/)?.[0]);
    assert.deepEqual(
      [image.mountNamespace, image.pidNamespace, image.userNamespace, image.networkNamespace],
      ['mnt', 'pid', 'user', 'net'].map(namespace),
    );
    assert.deepEqual([image.ipcNamespace, image.utsNamespace], ['ipc', 'uts'].map(namespace));
    const unified = readFileSync('/proc/self/cgroup', 'latin1').match(/^0::(.*)$/m)?.[1];
    assert.equal(image.cgroup, unified);
    assert.equal(image.loginuid, Number(readFileSync('/proc/self/loginuid', 'latin1')));
    assert.ok(image.loginuid <= none);
  });

  test('times are those of the wall clock', async () => {
    const before = Date.now() * 1_000;
    const pid = seen.run(['/bin/true']);
    const afterwards = Date.now() * 1_000;
    const { time } = await executed(pid);
    assert.ok(
      time > before - 20_000 && time < afterwards + 20_000,
      `${time} is not within ${before} and ${afterwards}`,
    );
  });

  test('a script is told with its interpreter', async () => {
    writeFileSync(at('script'), '#!/bin/sh\nexit 3\n');
    chmodSync(at('script'), 0o755);
    const { image, asked } = await executed(seen.run(['./script', 'word'], { cwd: folder }));
    assert.deepEqual([image.exe, image.script, asked], [shell, at('script'), './script']);
    assert.equal(image.args, '/bin/sh\0./script\0word\0');
  });

  test('a program that is asked for by a link is told by its own path', async () => {
    symlinkSync('/bin/true', at('harmless'));
    const { image, asked } = await executed(seen.run([at('harmless')]));
    assert.deepEqual([image.exe, asked, image.script], ['/usr/bin/true', at('harmless'), '']);
  });

  test('arguments of 32,768 bytes are whole; longer ones are cut, their true length told', async () => {
    const words = (bytes: number) =>
      [...'x'.repeat(bytes - '/bin/true\0\0'.length)].map((_, i) => 'abcdefg'[i % 7]).join('');
    for (const bytes of [4_096, 4_097, 18_432, 18_433, 32_768]) {
      const { image } = await executed(seen.run(['/bin/true', words(bytes)]));
      assert.deepEqual([image.args, image.argsBytes], [`/bin/true\0${words(bytes)}\0`, bytes]);
    }
    const { image } = await executed(seen.run(['/bin/true', words(100_000)]));
    assert.equal(image.args, `/bin/true\0${words(100_000)}`.slice(0, 32_768));
    assert.equal(image.argsBytes, 100_000);
    assert.ok((seen.source.counters()['args.cut'] ?? 0) > 0);
  });

  test('what makes the dynamic loader bring other code in is told, among however many variables, and nothing else', async () => {
    const env = {
      PASSWORD: 'secret',
      LD_PRELOAD: '/tmp/x.so',
      LS_COLORS: 'y'.repeat(9_000),
      XLD_AUDIT: 'no',
      LD_AUDIT: 'a:b',
    };
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const many = Array.from({ length: 200 }, (_, i) => `V${i}=LD_PRELOAD=${i}`);
    const { image } = await executed(seen.run(['/usr/bin/env', '-i', ...many, ...variables, '/bin/true', 'loaded']));
    assert.equal(image.args, '/bin/true\0loaded\0');
    assert.equal(image.loader, 'LD_PRELOAD=/tmp/x.so\0LD_AUDIT=a:b\0');
    const behind = async (bytes: number, variable = 'LD_PRELOAD=late') => {
      const all: string[] = [];
      for (let left = bytes; left > 0; left -= 60_000) all.push(`V${left}=`.padEnd(Math.min(left, 60_000) - 1, 'LD_'));
      const exec = await executed(seen.run(['/usr/bin/env', '-i', ...all, variable, '/bin/true']));
      return [exec.image.loader, exec.loaderCut];
    };
    // In each place of a word, and across the ends of stretches and of a piece.
    const kinds = ['LD_PRELOAD=late', 'LD_LIBRARY_PATH=late', 'LD_AUDIT=late'];
    for (const [from, to] of [
      [220, 260],
      [4_050, 4_110],
    ] as const)
      for (let bytes = from; bytes < to; bytes++) {
        const variable = kinds[bytes % 3]!;
        assert.deepEqual(await behind(bytes, variable), [`${variable}\0`, false], `${bytes}`);
      }
    for (const variable of kinds) assert.deepEqual(await behind(0, variable), [`${variable}\0`, false]);
    for (const length of [4_095, 4_096]) {
      const variable = 'LD_PRELOAD='.padEnd(length, 'l');
      assert.deepEqual(await behind(0, variable), [`${variable.slice(0, 4_095)}\0`, true]);
    }
    const hidden = await seen.of('exec', seen.run([act, 'hide-preload', '/bin/true']));
    assert.equal(hidden.at(-1)?.loaderCut, true);
    if (seen.source.fallbacks.some(each => each.includes('256 variables'))) return;
    const most = 64 * 4_080;
    assert.deepEqual(await behind(most - 'LD_PRELOAD=late '.length), ['LD_PRELOAD=late\0', false]);
    assert.deepEqual(await behind(most), ['', true]);
  });

  test('the version of the executable is that of stat(2), and the capabilities are those of /proc', async () => {
    const { image } = await executed(seen.run(['/bin/cat', '/dev/null']));
    const { dev, ino, size, ctimeNs } = statSync('/usr/bin/cat', { bigint: true });
    const { device, inode, bytes, changed, changedNanos } = image.file!;
    assert.deepEqual([device, inode, bytes].map(BigInt), [dev, ino, size]);
    assert.equal(BigInt(changed) * 1_000_000_000n + BigInt(changedNanos), ctimeNs);
    const effective = /CapEff:\s+(\w+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '';
    assert.equal(image.capabilities, Number.parseInt(effective, 16));
    const nobody = await executed(seen.run(['/bin/true'], { uid: 65_534 }));
    assert.equal(nobody.image.capabilities, 0);
  });

  test('of an overlay, a program that was written there is told from one of the layer below', async t => {
    const layers = ['lower', 'upper', 'work', 'merged'].map(at);
    for (const layer of layers) mkdirSync(layer);
    const [lower, upper, work, merged] = layers;
    copyFileSync('/bin/true', join(lower!, 'shipped'));
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged!]);
    if (mounted.status !== 0) return t.skip(`no overlay here: ${mounted.stderr}`);
    try {
      copyFileSync('/bin/true', join(merged!, 'dropped'));
      const flagsOf = async (name: string) => (await executed(seen.run([join(merged!, name)]))).image.flags;
      assert.equal((await flagsOf('shipped')) & ProcessFlag.EXE_UPPER, 0);
      assert.ok((await flagsOf('dropped')) & ProcessFlag.EXE_UPPER);
    } finally {
      spawnSync('umount', [merged!]);
    }
  });

  test('a program that gives itself another name stays what it is', async () => {
    const events = await seen.of('open', seen.run([act, 'rename-self', 'sshd', '/etc/hosts']));
    const opened = events.find(event => event.path === '/etc/hosts');
    assert.ok(opened);
    const { image } = await executed(opened.pid);
    assert.equal(image.exe, act);
  });

  test('a program that lives in memory only is flagged and named', async () => {
    const { image } = await executed(seen.run([act, 'memfd', '/bin/true']));
    assert.deepEqual([image.exe, image.args], ['memfd:picket-test', 'from-memory\0']);
    assert.ok(image.flags & ProcessFlag.EXE_MEMFD);
  });

  test('a program that was deleted before it ran has its former path and the flag', async () => {
    const { image } = await executed(seen.run([act, 'deleted-exec', '/bin/true', at('dropped')]));
    assert.equal(image.exe, at('dropped'));
    assert.ok(image.flags & ProcessFlag.EXE_DELETED);
  });

  test('the signal that ended a process is told', async () => {
    const pid = seen.run([act, 'signal', '9']);
    const exit = await seen.first('exit', event => event.pid === pid);
    assert.deepEqual([exit.code, exit.signal], [0, 9]);
  });

  test('a process of two threads ends once, when the last one has ended', async () => {
    const pid = seen.run([act, 'thread']);
    const exits = await seen.of('exit', pid);
    assert.equal(exits.length, 1);
    assert.ok((exits[0]?.runMicros ?? 0) >= 1_000);
    assert.equal(seen.events.filter(event => event.kind === 'fork' && event.pid === pid).length, 0);
  });

  test('a shell with its input and output on a network connection is flagged; a unix socket is an ordinary pipe', async () => {
    const both = ProcessFlag.STDIN_SOCKET | ProcessFlag.STDOUT_SOCKET;
    const { image } = await executed(seen.run([act, 'socket-shell', '/bin/sh', 'tcp']));
    assert.equal(image.flags & both, both);
    const { image: usual } = await executed(seen.run([act, 'socket-shell', '/bin/sh', 'unix']));
    assert.equal(usual.flags & both, 0);
  });

  test('set-uid is flagged where it took effect, and only there', async () => {
    const ping = at('setuid');
    writeFileSync(ping, readFileSync('/bin/true'));
    chmodSync(folder, 0o755);
    chmodSync(ping, 0o4755);
    assert.equal(statSync(ping).uid, 0);
    const asNobody = await executed(seen.run([ping], { uid: 65_534 }));
    assert.ok(asNobody.image.flags & ProcessFlag.EXE_SETID);
    assert.deepEqual([asNobody.image.uid, asNobody.image.euid], [65_534, 0]);
    const asRoot = await executed(seen.run([ping]));
    assert.equal(asRoot.image.flags & ProcessFlag.EXE_SETID, 0);
  });

  test('a process in a pid namespace of its own is known by the pid that the host gives it', async () => {
    const { pid } = spawnSync('unshare', ['--pid', '--fork', '/bin/true', 'in-a-container']);
    const exec = await seen.first('exec', event => event.image.args === '/bin/true\0in-a-container\0');
    assert.equal(exec.image.parentPid, pid);
    assert.ok(exec.pid > 1);
    assert.ok(exec.image.flags & ProcessFlag.IN_CONTAINER);
  });

  test('a process that leaves the host’s users and network is told so, and what it then runs', async t => {
    if (spawnSync('unshare', ['--user', '--net', '--uts', '/bin/true']).status !== 0)
      return t.skip('no user namespaces may be made here');
    const pid = seen.run(['unshare', '--user', '--net', '--uts', '/bin/true', 'apart']);
    const { image } = await executed(pid);
    const host = await executed(seen.run(['/bin/true']));
    const both = ProcessFlag.OWN_USERS | ProcessFlag.OWN_NETWORK;
    assert.equal(image.args, '/bin/true\0apart\0');
    assert.equal(image.flags & both, both);
    assert.equal(host.image.flags & ProcessFlag.OWN_NETWORK, 0);
    const numbers = ({ userNamespace, networkNamespace, utsNamespace }: typeof image) => [
      userNamespace,
      networkNamespace,
      utsNamespace,
    ];
    const changes = await seen.of('identity-change', pid);
    const left = changes.find(({ apart }) => (apart & both) === both);
    assert.deepEqual(numbers(image), numbers({ ...image, ...left?.identity }));
    assert.ok(numbers(image).every((number, i) => number > 0 && number !== numbers(host.image)[i]));
    assert.deepEqual([image.ipcNamespace, image.mountNamespace], [host.image.ipcNamespace, host.image.mountNamespace]);
  });
});
