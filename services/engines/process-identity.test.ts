import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lockFolder } from './folder-lock.ts';
import { end, identify, isRunning, readIdentity, writeIdentity } from './process-identity.ts';
import { keptSecret } from './secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-identity-'));
after(() => rmSync(folder, { recursive: true }));

/** A process that runs until it is ended; `stubborn` ignores SIGTERM. */
async function child(stubborn = false) {
  const script = `${stubborn ? "trap '' TERM; " : ''}echo; while :; do sleep 0.05; done`;
  const process = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(process.stdout, 'data');
  return process;
}

test('a pid that another process has by now is not the process', () => {
  const self = identify(process.pid)!;
  assert.equal(isRunning(self), true);
  assert.equal(isRunning({ ...self, startTicks: self.startTicks - 1 }), false);
  assert.equal(identify(2 ** 22 + 1), undefined);
});

test('a process is asked to end, and killed where it does not', async () => {
  const [willing, stubborn] = [await child(), await child(true)];
  const identities = [identify(willing.pid!)!, identify(stubborn.pid!)!] as const;
  assert.equal(await end(identities[0], 'SIGTERM', 5_000), 'asked');
  assert.equal(await end(identities[1], 'SIGTERM', 100), 'killed');
  assert.equal(await end(identities[0], 'SIGTERM', 0), 'absent');
});

test('an identity is read back as it was written, and rubbish is none', () => {
  const file = join(folder, 'x.pid');
  writeIdentity(file, { pid: 7, startTicks: 9 });
  assert.deepEqual(readIdentity(file), { pid: 7, startTicks: 9 });
  assert.equal(readIdentity(join(folder, 'absent')), undefined);
  assert.equal(readIdentity('/proc/self/cmdline'), undefined);
});

test('a folder is one server’s at a time; one that was killed does not hold it', async () => {
  const lock = lockFolder(folder);
  assert.throws(() => lockFolder(folder), /in use by the server with pid/);
  lock.release();
  const killed = await child();
  writeIdentity(join(folder, 'server.pid'), identify(killed.pid!)!);
  assert.throws(() => lockFolder(folder), new RegExp(`pid ${killed.pid}`));
  const gone = once(killed, 'exit');
  killed.kill('SIGKILL');
  await gone;
  lockFolder(folder).release();
});

test('a secret is made once, long, and readable by its owner only', () => {
  const file = join(folder, 'secret');
  const secret = keptSecret(file);
  assert.ok(secret.length >= 43);
  assert.equal(keptSecret(file), secret);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});
