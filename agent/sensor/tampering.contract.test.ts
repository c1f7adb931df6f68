/** Somebody with root takes kernel programs of the sensor away; real ones, skipped where they can't be loaded. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { sensorSupport } from '@picket/native';
import { openEventSource } from './source.ts';

const support = sensorSupport();
const options = { skip: support.supported ? false : support.reason, timeout: 60_000 };

/** Descriptors of this process that are links of kernel programs. */
function links(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:bpf_link';
      } catch {
        return false;
      }
    });
}

test('a link that is closed behind the sensor’s back is attached again, and counted', options, async () => {
  const source = openEventSource({}, () => undefined);
  const before = source.hooks;
  assert.ok(before.every(({ lost }) => lost === 0));
  const [first] = links();
  closeSync(first!);
  const after = source.hooks;
  assert.equal(
    after.reduce((sum, { lost }) => sum + lost, 0),
    1,
  );
  assert.deepEqual(
    after.map(({ attached }) => attached),
    before.map(({ attached }) => attached),
  );
  assert.ok(source.hooks.reduce((sum, { lost }) => sum + lost, 0) === 1, 'what was put back is not counted again');
  await source.close();
});

test('the maps that say what is watched can be changed by no system call', options, async t => {
  const source = openEventSource({}, () => undefined);
  const ids = readdirSync('/proc/self/fd').flatMap(fd => {
    const info = read(`/proc/self/fdinfo/${fd}`);
    const frozen = /^frozen:\t1$/m.test(info);
    return frozen ? [/^map_id:\t(\d+)$/m.exec(info)![1]!] : [];
  });
  const bpftool = ['/usr/sbin/bpftool', '/usr/bin/bpftool'].find(path => read(path, 4) !== '');
  if (!bpftool) t.diagnostic('no bpftool here: only that they are frozen was looked at');
  assert.ok(ids.length >= 2, 'families and quiet are frozen');
  for (const id of bpftool ? ids : []) {
    assert.throws(() =>
      execFileSync(bpftool!, ['map', 'update', 'id', id, 'key', '1', '0', '0', '0', 'value', '0', '0', '0', '0'], {
        stdio: 'ignore',
      }),
    );
  }
  assert.ok(source.hooks.every(({ lost }) => lost === 0));
  await source.close();
});

function read(path: string, bytes?: number): string {
  try {
    return readFileSync(path, 'latin1').slice(0, bytes);
  } catch {
    return '';
  }
}
