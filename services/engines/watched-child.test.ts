import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pino from 'pino';
import { mountSmallDisk } from '../../agent/spool/small-disk.fixture.ts';
import { identify } from './process-identity.ts';
import { type ChildSpec, WatchedChild } from './watched-child.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-child-'));
after(() => rmSync(folder, { recursive: true }));
const log = pino({ level: 'silent' });

/** A shell script as an engine: it is ready once it has written its pid to `name`. */
function shell(name: string, script: string, more: Partial<ChildSpec> = {}): ChildSpec {
  const file = join(folder, name);
  return {
    name,
    command: '/bin/sh',
    arguments: ['-c', script],
    env: { PATH: '/usr/bin:/bin', FILE: file },
    cwd: folder,
    account: undefined,
    message: undefined,
    identityFile: `${file}.pid`,
    stopSignal: 'SIGTERM',
    stopPatienceMs: 5_000,
    ready: async () => existsSync(file) && identify(Number(readFileSync(file, 'utf8'))) !== undefined,
    readyPatienceMs: 5_000,
    answers: async () => true,
    askEveryMs: 10,
    silencesBeforeKill: 2,
    level: () => 'error',
    ...more,
  };
}
const serves = 'echo $$ > $FILE; while :; do sleep 0.05; done';

test('a child that dies is started again, and so each time', async () => {
  const child = await WatchedChild.start(shell('dies', serves), log);
  for (const restart of [1, 2, 3]) {
    const up = once(child, 'up', { signal: AbortSignal.timeout(20_000) });
    process.kill(child.pid!, 'SIGKILL');
    assert.deepEqual(await up, [restart]);
  }
  const pid = child.pid!;
  await child.close();
  assert.equal(identify(pid), undefined);
  assert.equal(existsSync(join(folder, 'dies.pid')), false);
});

test('a child whose identity can not be written down does not run, until it can', async () => {
  const place = join(folder, 'place');
  mkdirSync(place);
  const failed = Promise.withResolvers<void>();
  const listening = pino({}, { write: line => void (/could not be written/.test(line) && failed.resolve()) });
  const child = await WatchedChild.start(shell('unknown', serves, { identityFile: join(place, 'pid') }), listening);
  rmSync(place, { recursive: true });
  const up = once(child, 'up', { signal: AbortSignal.timeout(20_000) });
  process.kill(child.pid!, 'SIGKILL');
  await failed.promise;
  mkdirSync(place);
  await up;
  assert.equal(JSON.parse(readFileSync(join(place, 'pid'), 'utf8')).pid, child.pid);
  await child.close();
});

test('a child that can not start is given up with its last words', async () => {
  const start = WatchedChild.start(shell('fails', 'echo no such disk >&2; exit 3'), log);
  await assert.rejects(start, /fails did not start: it ended with code 3; it said: no such disk/);
  await assert.rejects(WatchedChild.start(shell('absent', '', { command: '/nowhere' }), log), /could not be run/);
});

test('of a child that dies over a full disk the reason speaks of the disk first, and of its stack not at all', async t => {
  const disk = mountSmallDisk(32 << 10);
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  t.after(() => disk.unmount());
  const dies = shell('full', "echo Exception: fault; printf '\\tat a.b(c:1)\\n    at d\\n\\t... 12 more\\n'; exit 3", {
    dataFolder: disk.folder,
    logFile: join(folder, 'full.log'),
  });
  const said = async () => (await WatchedChild.start(dies, log).catch(error => error)).message;
  assert.match(await said(), /ended with code 3; it said: Exception: fault( [|] Exception: fault)*$/);
  disk.leave(0);
  assert.match(
    await said(),
    /ended with code 3: the disk under \S+ is full \(0 KiB left\), make room there; it said: /,
  );
});

test('a child that is not ready in time is killed and given up', async () => {
  const spec = shell('slow', 'echo $$ > $FILE; while :; do sleep 0.05; done', {
    ready: async () => false,
    readyPatienceMs: 50,
  });
  await assert.rejects(WatchedChild.start(spec, log), /was not ready after 50 ms/);
  assert.equal(identify(Number(readFileSync(join(folder, 'slow'), 'utf8'))), undefined);
});

test('a child that a killed server left is ended before a new one starts', async () => {
  const first = await WatchedChild.start(shell('left', serves), log);
  const orphan = first.pid!;
  // The same file, as the next server finds it.
  const second = await WatchedChild.start(shell('left', serves), log);
  assert.equal(identify(orphan), undefined);
  await first.close();
  await second.close();
});

test('a child that ignores its stop signal is killed', async () => {
  const child = await WatchedChild.start(shell('deaf', `trap '' TERM; ${serves}`, { stopPatienceMs: 100 }), log);
  const pid = child.pid!;
  await child.close();
  assert.equal(identify(pid), undefined);
});

test('a child that runs but does not answer any more is killed and started again', async () => {
  const answers = [true, false, true, false, false];
  const child = await WatchedChild.start(
    shell('silent', serves, { answers: async () => answers.shift() ?? true }),
    log,
  );
  const pid = child.pid!;
  const [restarts] = await once(child, 'up');
  assert.equal(restarts, 1);
  assert.notEqual(child.pid, pid);
  assert.deepEqual(answers, []);
  await child.close();
});
