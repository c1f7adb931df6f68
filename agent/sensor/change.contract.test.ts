/** What changes files, identities, other processes and the kernel without opening anything: by real calls, told with its arguments. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FileFlag, Operation } from '@picket/proto';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';
import type { Change } from './event.ts';

describe('changes', sensorHere, () => {
  const { folder, act } = stage();
  const at = (name: string) => join(folder, name);
  const seen = watch();
  after(() => seen.source.close());

  const changes = async (kind: Change['kind'], pid: number) => (await seen.of(kind, pid)) as Change[];
  const told = (events: readonly Change[]) =>
    events.map(({ operation, path, other, value, extra }) => [Operation[operation], path, other, value, extra]);

  test('each call that changes names or rights of a file is told with its paths, however they were given', async () => {
    const events = await changes('file-change', seen.run([act, 'change-file', folder], { cwd: '/' }));
    const same = 4_294_967_295;
    const subject = at('subject');
    assert.deepEqual(told(events), [
      ['CHMOD', subject, '', 0o4711, 0],
      ['CHMOD', subject, '', 0o640, 0],
      ['CHMOD', subject, '', 0o600, 0],
      ['CHOWN', subject, '', 7, same],
      ['CHOWN', subject, '', same, 8],
      ['CHOWN', subject, '', 9, 10],
      ['TRUNCATE', subject, '', 5, 0],
      ['TRUNCATE', subject, '', 0, 0],
      ['LINK', subject, at('second'), 0, 0],
      ['SYMLINK', at('soft'), '/no/where', 0, 0],
      ['RENAME', at('second'), at('third'), 0, 0],
      ['RENAME', at('third'), at('fourth'), 0, 0],
      ['REMOVE_FOLDER', at('empty'), '', 0, 0],
      ['UNLINK', at('fourth'), '', 0, 0],
      ['UNLINK', at('soft'), '', 0, 0],
      ['UNLINK', subject, '', 0, 0],
    ]);
    assert.ok(events.every(({ result }) => result === 0));
  });

  test('of extended attributes only those of security are told', async () => {
    writeFileSync(at('labelled'), '');
    const events = await changes('file-change', seen.run([act, 'attributes', at('labelled')]));
    assert.deepEqual(told(events), [
      ['SET_ATTRIBUTE', at('labelled'), 'security.picket', 0, 0],
      ['REMOVE_ATTRIBUTE', at('labelled'), 'security.picket', 0, 0],
    ]);
  });

  test('two attributes of one open file are told one by one', async () => {
    writeFileSync(at('open-labelled'), '');
    const events = await changes('file-change', seen.run([act, 'attributes-of-file', at('open-labelled')]));
    assert.deepEqual(
      events.map(({ other, count }) => [other, count]),
      [
        ['security.one', 1],
        ['security.other', 1],
      ],
    );
  });

  test('attributes are told of the calls of Linux 6.13 too', async t => {
    writeFileSync(at('labelled-at'), '');
    const command = [act, 'attributes-at', folder, 'labelled-at'] as const;
    if (spawnSync(command[0], command.slice(1)).status === 3) return t.skip('this kernel has no setxattrat');
    assert.deepEqual(told(await changes('file-change', seen.run(command))), [
      ['SET_ATTRIBUTE', at('labelled-at'), 'security.picket', 0, 0],
      ['REMOVE_ATTRIBUTE', at('labelled-at'), 'security.picket', 0, 0],
    ]);
  });

  test('a mount whose flags change is told as mounted anew, with the flags that it got', async t => {
    mkdirSync(at('flagged'));
    const command = [act, 'mount-attributes', at('flagged')] as const;
    if (spawnSync(command[0], command.slice(1)).status === 3) return t.skip('this kernel has no mount_setattr');
    const [, , changed] = await changes('file-change', seen.run(command));
    const [noexec, remount] = [8, 32];
    assert.deepEqual(told([changed!]), [['MOUNT', at('flagged'), '', noexec | remount, 0]]);
  });

  test('the root of a file system that hangs nowhere is told as what it is, flagged', async t => {
    mkdirSync(at('later'));
    const command = [act, 'put', '/dev', at('later')] as const;
    if (spawnSync(command[0], command.slice(1)).status === 3) return t.skip('this kernel has no mount_setattr');
    const pid = seen.run(command);
    const [, ...own] = await changes('file-change', pid);
    const { childPid } = await seen.first('fork', event => event.pid === pid);
    const [refused] = await changes('file-change', childPid);
    assert.deepEqual(told([...own, refused!]), [
      ['MOUNT', '/', '', 8 | 32, 0],
      ['MOUNT', at('later'), at('later'), 0, 0],
      ['MOUNT', at('later'), '/', 0, 0],
    ]);
    assert.deepEqual(
      [...own, refused!].map(({ what, result }) => [what, result]),
      [
        [FileFlag.FILE_DETACHED, 0],
        [0, 0],
        [FileFlag.FILE_DETACHED, -1],
      ],
    );
  });

  test('who sets the clock, or tries to, is told; who only asks how it goes is not', async () => {
    const events = await changes('kernel-change', seen.run([act, 'clock']));
    const billion = 1_000_000_000;
    assert.deepEqual(
      events.map(({ operation, extra }) => [Operation[operation], extra]),
      [
        ['SET_CLOCK', 1],
        ['SET_CLOCK', 0],
        ['SET_CLOCK', 0],
      ],
    );
    const [moved, set] = events;
    // Root may lack the right to: then it is what was asked for, else what the clock then showed.
    if (moved?.result === 0) assert.ok(Math.abs(moved.value - Date.now() / 1000) < 600);
    else assert.equal(moved?.value, 0);
    assert.deepEqual([set?.value, set?.result, set?.count], [billion, -1, 1]);
  });

  test('mounts and a new root are told, and the namespace that was left for them', async () => {
    mkdirSync(at('place'));
    const pid = seen.run([act, 'mount', 'some-source', at('place')]);
    const nosuid = 2;
    const [, ...events] = await changes('file-change', pid);
    assert.deepEqual(told(events), [
      ['MOUNT', at('place'), 'some-source', nosuid, 0],
      ['UNMOUNT', at('place'), '', 2, 0],
      ['CHANGE_ROOT', at('place'), '', 0, 0],
    ]);
    const [left] = await seen.of('identity-change', pid);
    assert.equal(left?.operation, Operation.LEAVE_NAMESPACE);
    const [exec] = await seen.of('exec', pid);
    assert.notEqual(left.identity.mountNamespace, exec?.image.mountNamespace);
  });

  test('paths of a process with another root are those of the host', async () => {
    mkdirSync(at('jail/etc'), { recursive: true });
    writeFileSync(at('jail/etc/a'), '');
    const events = await changes('file-change', seen.run([act, 'chroot-rename', at('jail'), '/etc/a', '/etc/b']));
    assert.deepEqual(told(events).at(-1), ['RENAME', at('jail/etc/a'), at('jail/etc/b'), 0, 0]);
  });

  test('a change that was refused is told as such', async () => {
    const nobody = 65_534;
    const events = await changes('file-change', seen.run(['/bin/rm', '-f', '/etc/hosts'], { uid: nobody }));
    assert.deepEqual(
      events.map(({ operation, path, result }) => [operation, path, result]),
      [[Operation.UNLINK, '/etc/hosts', -13]],
    );
  });

  test('another user and group are told with what the process then is, and the refusal to go back', async () => {
    const events = await seen.of('identity-change', seen.run([act, 'identity']));
    const nobody = 65_534;
    assert.deepEqual(
      events.map(({ operation, value, result, identity }) => [operation, value, result, identity.uid, identity.gid]),
      [
        [Operation.SET_GROUP, nobody, 0, 0, nobody],
        [Operation.SET_USER, nobody, 0, nobody, nobody],
        [Operation.SET_USER, 0, -1, nobody, nobody],
      ],
    );
    assert.ok(events[0]!.identity.capabilities > 0);
    assert.equal(events[1]!.identity.capabilities, 0);
  });

  test('who traces, writes or reads another process is told with the other one', async () => {
    const pid = seen.run([act, 'trace']);
    const child = await seen.first('fork', event => event.pid === pid);
    const events = await changes('process-access', pid);
    assert.deepEqual(
      events.map(({ operation, value, targetPid, targetTicks }) => [
        Operation[operation],
        value,
        targetPid,
        targetTicks,
      ]),
      [
        ['TAKE_DESCRIPTOR', 1, child.childPid, child.childTicks],
        ['TRACE', 16, child.childPid, child.childTicks],
        ['WRITE_MEMORY', 5, child.childPid, child.childTicks],
        ['WRITE_REGISTERS', 13, child.childPid, child.childTicks],
        ['WRITE_REGISTERS', 6, child.childPid, child.childTicks],
        ['WRITE_MEMORY', 0, child.childPid, 0],
        ['READ_MEMORY', 0, child.childPid, 0],
      ],
    );
  });

  for (const [hides, how] of [
    ['hide-map', 'has closed'],
    ['swap-map', 'has put something else in the place of'],
  ] as const) {
    test(`a map that another thread ${how} before it was looked at is told as one that was not seen`, async () => {
      const names = new Map<string, number>();
      for (let tries = 0; names.size < 2 && tries < 10; tries++) {
        const events = await changes('kernel-change', seen.run([act, hides, 'picket_test']));
        for (const { path, value } of events) names.set(path, value);
      }
      assert.deepEqual([...names.keys()].sort(), ['', 'picket_test']);
      assert.equal(names.get(''), 0);
      assert.ok(names.get('picket_test')! > 0);
    });
  }

  test('what is loaded into the kernel is told, and what was refused', async () => {
    const events = await changes('kernel-change', seen.run([act, 'kernel', 'picket_test']));
    const [program, toRead, toWrite, ...more] = events;
    assert.deepEqual(
      [program?.operation, program?.path, program?.value, program?.result],
      [Operation.LOAD_PROGRAM, 'picket_test', 1, 0],
    );
    const readOnly = 8;
    assert.deepEqual(told([toRead!, toWrite!]), [
      ['OPEN_MAP', 'picket_test', '', toRead!.value, readOnly],
      ['OPEN_MAP', 'picket_test', '', toRead!.value, 0],
    ]);
    assert.ok(toRead!.value > 0);
    const known = [Operation.OPEN_COUNTER, Operation.HANDLE_FAULTS, Operation.LOAD_MODULE, Operation.UNLOAD_MODULE];
    assert.ok(more.every(({ operation }) => known.includes(operation)));
    const module = more.find(({ operation }) => operation === Operation.LOAD_MODULE);
    if (module) assert.deepEqual([module.path, module.other], ['/etc/hosts', 'a=b']);
  });

  test('raw and packet sockets are told, others are not', async () => {
    const events = await changes('socket-open', seen.run([act, 'raw-sockets']));
    const [icmp, inet, packet] = [1, 2, 17];
    assert.deepEqual(told(events), [
      ['RAW_SOCKET', '', '', icmp, inet],
      ['PACKET_SOCKET', '', '', 0, packet],
    ]);
  });

  test('packet sockets are told however they are asked for', async () => {
    const [packet, xdp] = await changes('socket-open', seen.run([act, 'packet-sockets']));
    assert.deepEqual([packet?.operation, packet?.extra], [Operation.PACKET_SOCKET, 2]);
    if (xdp) assert.deepEqual([xdp.operation, xdp.extra], [Operation.PACKET_SOCKET, 44]);
  });

  test('a process that is made with namespaces of its own is told as having left those of its maker', async t => {
    const pid = seen.run([act, 'clone-apart']);
    const [exit] = await seen.of('exit', pid);
    if (exit?.code === 3) return t.skip('no user namespaces may be made here');
    const { childPid } = await seen.first('fork', event => event.pid === pid);
    const [left] = await seen.of('identity-change', childPid);
    const [users, name] = [0x1000_0000, 0x0400_0000];
    assert.deepEqual([left?.operation, left?.value], [Operation.LEAVE_NAMESPACE, users | name]);
    const [before] = await seen.of('exec', pid);
    assert.notEqual(left?.identity.userNamespace, before?.image.userNamespace);
    assert.equal(left?.identity.networkNamespace, before?.image.networkNamespace);
  });

  test('an exec that was refused is told; one of a program that does not exist is not', async () => {
    writeFileSync(at('no-program'), 'x', { mode: 0o600 });
    const [failed] = await seen.of('exec-failed', seen.run([act, 'execute', at('no-program')]));
    assert.deepEqual([failed?.asked, failed?.result], [at('no-program'), -13]);
    assert.deepEqual(await seen.of('exec-failed', seen.run([act, 'execute', at('nothing')])), []);
  });
});
