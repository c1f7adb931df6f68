/** Real processes of this host, in the kernel's list and in /proc; skipped where no sensor can run. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Operation } from '@picket/proto';
import { sensorHere, watch } from '../sensor/contract/watch.ts';
import { CrossView, procView } from './cross-view.ts';
import { readProcess } from './proc.ts';

describe('the views of the processes', sensorHere, () => {
  test('the kernel’s list has this process as /proc shows it', async () => {
    await using seen = watch();
    const own = seen.source.tasks().find(({ pid }) => pid === process.pid);
    const { startTicks, parentPid } = readProcess(process.pid)!;
    assert.deepEqual([own?.startTicks, own?.parentPid], [startTicks, parentPid]);
    assert.equal(procView().shown(process.pid), startTicks);
    assert.ok(procView().listed().has(process.pid));
    await seen.source.close();
    assert.deepEqual(seen.source.tasks(), []);
  });

  test('a mount over a process’ folder in /proc hides it, and so does the folder of another one; one over /proc hides all', () => {
    const script = fileURLToPath(new URL('./hide.fixture.ts', import.meta.url));
    const said = execFileSync('unshare', ['--mount', process.execPath, script], { encoding: 'utf8', timeout: 120_000 });
    const { pid, before, covered, again, open, disguised, all } = JSON.parse(said);
    assert.deepEqual([before, again, open], [[], [], []]);
    const hidden = { how: Operation.HIDE_ENTRY, pid, name: 'sleep' };
    for (const [found, ...more] of [covered, disguised]) {
      assert.deepEqual({ how: found.how, pid: found.pid, name: found.name }, hidden);
      assert.deepEqual(more, []);
    }
    assert.deepEqual([all.length, all[0]?.isAll], [1, true]);
  });

  test('a mount that is private to the mounts of the host is seen from an agent with mounts of its own', async () => {
    await using seen = watch();
    const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore' });
    // What takes the first process' place: whoever has its mounts does not see the child, this test does.
    const cover = `mount -t tmpfs none /proc/${child.pid} && echo covered && exec sleep 600`;
    const host = spawn('unshare', ['--mount', 'sh', '-c', cover], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(host.stdout, 'data');
      const kernel = () => seen.source.tasks();
      const find = async (...folders: string[]) => {
        const view = new CrossView({ procs: folders.map(procView), kernel, active: () => [] });
        const found = await view.find(Date.now() * 1000, () => wait(200));
        return found.filter(({ pid }) => pid === child.pid).map(({ how }) => how);
      };
      assert.deepEqual(await find('/proc'), []);
      assert.deepEqual(await find('/proc', `/proc/${host.pid}/root/proc`), [Operation.HIDE_ENTRY]);
    } finally {
      for (const each of [child, host]) {
        each.kill('SIGKILL');
        await once(each, 'exit');
      }
    }
  });
});
