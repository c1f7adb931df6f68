/** Environments of real processes, out of /proc. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { Environments } from './environment.ts';
import { readProcess } from './proc.ts';

describe('environments', { skip: process.platform === 'linux' ? false : 'there is no /proc here' }, () => {
  const running = new Set<ChildProcess>();
  after(() => {
    for (const child of running) child.kill();
  });

  async function sleeping(env: Record<string, string>): Promise<ChildProcess> {
    const child = spawn('/bin/sleep', ['1000'], { env, stdio: 'ignore' });
    running.add(child);
    await once(child, 'spawn');
    return child;
  }

  test('what stands behind thousands of variables is found, as long as it is that program', async () => {
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`V${i}`, `${i}`]));
    const child = await sleeping({ ...many, LD_LIBRARY_PATH: '/nowhere' });
    const image = readProcess(child.pid!)!;
    const environments = new Environments();
    assert.equal(environments.loader(image, 0)?.text, 'LD_LIBRARY_PATH=/nowhere\0');
    assert.equal(environments.loader({ ...image, startTicks: image.startTicks + 1 }, 0), undefined);
    const other = { ...image, file: { ...image.file!, inode: image.file!.inode + 1 } };
    assert.equal(environments.loader(other, 0), undefined);
    child.kill();
    await once(child, 'exit');
    assert.equal(environments.loader(image, 0), undefined);
  });

  test('no more than 16 MiB are read in a second', async () => {
    const long = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`V${i}`, 'v'.repeat(100_000)]));
    const image = readProcess((await sleeping({ ...long, LD_LIBRARY_PATH: '/nowhere' })).pid!)!;
    const environments = new Environments();
    const read = (millis: number) => Array.from({ length: 20 }, () => environments.loader(image, millis));
    assert.deepEqual(
      read(999).map(found => found?.text === 'LD_LIBRARY_PATH=/nowhere\0'),
      Array.from({ length: 20 }, (_, i) => i < 16),
    );
    assert.equal(read(1_000).filter(Boolean).length, 16);
  });
});
