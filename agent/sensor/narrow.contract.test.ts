/** 32-bit programs, and 64-bit ones that make the calls of others: the numbers are others, what is done is the same. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Operation } from '@picket/proto';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';
import type { Change } from './event.ts';

describe('calls of 32-bit programs', sensorHere, () => {
  const { folder, act } = stage();
  const act32 = join(folder, 'act32');
  const source = fileURLToPath(new URL('./contract/act32.c', import.meta.url));
  const built = spawnSync('cc', [
    '-m32',
    '-O1',
    '-nostdlib',
    '-static',
    '-fno-pie',
    '-no-pie',
    '-fno-stack-protector',
    '-o',
    act32,
    source,
  ]);
  const runs = built.status === 0 && spawnSync(act32, ['/etc/hosts']).status === 0;
  const skip = runs ? false : 'no 32-bit program can be built or run here';
  const seen = watch();
  after(() => seen.source.close());

  test('what a 32-bit program opens, reaches and becomes is told', { skip }, async () => {
    const pid = seen.run([act32, '/etc/hosts']);
    const [exec] = await seen.of('exec', pid);
    assert.equal(exec?.image.exe, act32);
    assert.deepEqual((await seen.of('open', pid)).map(({ path, result }) => [path, result]).at(-1), ['/etc/hosts', 0]);
    const [reached] = await seen.of('connect', pid);
    assert.deepEqual([reached?.remoteAddress, reached?.remotePort], ['\x7f\0\0\x01', 9]);
    const [raw] = await seen.of('socket-open', pid);
    assert.deepEqual([raw?.operation, raw?.value], [Operation.RAW_SOCKET, 1]);
    const became = await seen.of('exec', seen.run([act32, '/etc/hosts', '/bin/true']));
    assert.deepEqual(
      became.map(({ image }) => image.exe),
      [act32, '/usr/bin/true'],
    );
  });

  test('a 64-bit program that executes by the call of a 32-bit one is told as what it becomes', async () => {
    const pid = seen.run([act, 'execute32', '/bin/true']);
    const execs = await seen.of('exec', pid);
    assert.deepEqual(
      execs.map(({ image }) => image.exe),
      [act, '/usr/bin/true'],
    );
    writeFileSync(join(folder, 'no-program'), 'x', { mode: 0o600 });
    const [failed] = await seen.of('exec-failed', seen.run([act, 'execute32', join(folder, 'no-program')]));
    assert.deepEqual([failed?.asked, failed?.result], [join(folder, 'no-program'), -13]);
  });

  test('a file that is removed by the call of a 32-bit program is told', async () => {
    const path = join(folder, 'removed');
    writeFileSync(path, '');
    const events = await seen.of('file-change', seen.run([act, 'unlink32', path]));
    assert.deepEqual(
      events.map(event => [event.operation, event.path]),
      [[Operation.UNLINK, path]],
    );
  });

  test('by how much the clock would be moved, and what it would be set to, is told however wide the times are', async () => {
    const events = (await seen.of('kernel-change', seen.run([act, 'clock32']))) as Change[];
    assert.deepEqual(
      events.map(({ operation, extra, value, result }) => [Operation[operation], extra, value, result]),
      [
        ['SET_CLOCK', 1, 1_800, -1],
        ['SET_CLOCK', 0, 1_000_000_000, -1],
        ['SET_CLOCK', 1, 3_600, -1],
        ['SET_CLOCK', 0, 5_000_000_000, -1],
      ],
    );
  });

  const x32 = spawnSync(act, ['open-x32', '/etc/hosts']).status === 0;
  test('the open of an x32 program is told', { skip: x32 ? false : 'this kernel has no x32' }, async () => {
    const opens = await seen.of('open', seen.run([act, 'open-x32', '/etc/hosts']));
    assert.ok(opens.some(({ path, result }) => path === '/etc/hosts' && result === 0));
  });
});
