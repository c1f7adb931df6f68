/** Real processes of this host, in the kernel's list and in /proc; skipped where no sensor can run. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Operation } from '@picket/proto';
import { sensorHere, watch } from '../sensor/contract/watch.ts';
import { procViews } from './cross-view.ts';
import { readProcess } from './proc.ts';

describe('the views of the processes', sensorHere, () => {
  test('the kernel’s list has this process as /proc shows it', async () => {
    await using seen = watch();
    const own = seen.source.tasks().find(({ pid }) => pid === process.pid);
    const { startTicks, parentPid } = readProcess(process.pid)!;
    assert.deepEqual([own?.startTicks, own?.parentPid], [startTicks, parentPid]);
    assert.equal(procViews().shown(process.pid), startTicks);
    assert.ok(procViews().listed().has(process.pid));
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
});
