import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { exclusively } from './lock.mjs';

const folder = mkdtempSync(join(tmpdir(), 'picket-lock-'));
after(() => rmSync(folder, { recursive: true }));

test('who comes second is told who is at work, and waits for the end of it', async () => {
  const file = join(folder, 'busy');
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = exclusively(
    file,
    () => undefined,
    async () => {
      await first.promise;
      order.push('first');
    },
  );
  const two = exclusively(
    file,
    holder => {
      order.push(`waits for ${holder}`);
      first.resolve();
    },
    async () => {
      order.push('second');
    },
  );
  await Promise.all([one, two]);
  assert.deepEqual(order, [`waits for ${process.pid}`, 'first', 'second']);
  assert.equal(existsSync(file), false);
});

test('a lock whose process is gone is taken over', async () => {
  const file = join(folder, 'stale');
  const { pid } = spawnSync('true');
  writeFileSync(file, String(pid));
  assert.equal(
    await exclusively(
      file,
      () => assert.fail('nobody holds it'),
      async () => 'done',
    ),
    'done',
  );
});

test('a failure gives the lock back', async () => {
  const file = join(folder, 'failed');
  await assert.rejects(
    exclusively(
      file,
      () => undefined,
      () => Promise.reject(new Error('broken')),
    ),
    /broken/,
  );
  assert.equal(existsSync(file), false);
});
