/** The whole agent on this host, with real kernel programs; skipped where they can't be loaded. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sensorSupport } from '@picket/native';
import { type Heartbeat, PreviousEnd, type SignalSent } from '@picket/proto';
import { type AgentStatus, askStatus } from './health/status.ts';
import { type Received, Receiver, testSeed } from './sending/receiver.fixture.ts';

const support = sensorSupport();
const options = { skip: support.supported ? false : support.reason, timeout: 60_000 };
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'picket-run-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

/** A receiver, and what starts agents that share one spool. */
async function setUp(name: string) {
  const receiver = new Receiver();
  const api = await receiver.listen();
  const spool = join(root, name);
  const config = join(root, `${name}.conf`);
  const rows = { api, key: testSeed.toString('base64url'), name, id: '018f0000-0000-7000-8000-000000000001' };
  const sizes = { buffer_size: 5000, batch_size: 200, flush_interval: 50, spool_directory: spool };
  const lines = Object.entries({ ...rows, ...sizes }).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(config, lines.join(''), { mode: 0o600 });
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [main, 'run', '--config', config], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    await until(child, 'Watching this host');
    return child;
  };
  return { receiver, start, spool, config };
}

/** Resolves when the child has logged `text`. */
async function until(child: ChildProcess, text: string): Promise<void> {
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false }))
    if (String(chunk).includes(text)) return;
  throw new Error(`the agent ended without saying "${text}"`);
}

/** Fails after a minute, with how many batches came and were not the wanted one. */
async function untilReceived(receiver: Receiver, wanted: (received: Received) => boolean): Promise<Received> {
  const signal = AbortSignal.timeout(60_000);
  for (;;) {
    const found = receiver.batches.find(wanted);
    if (found) return found;
    await once(receiver, 'accepted', { signal }).catch(cause => {
      throw new Error(`none of ${receiver.batches.length} batches within 60 s is the wanted one`, { cause });
    });
  }
}

const strings = ({ batch }: Received): string[] => batch.strings.map(bytes => Buffer.from(bytes).toString());

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<unknown> {
  child.kill(signal);
  const [code] = await once(child, 'exit');
  children.delete(child);
  return code;
}

test(
  'a file that a program reads arrives at the server, with the program and its masked arguments',
  options,
  async () => {
    const { receiver, start } = await setUp('arrives');
    const agent = await start();
    const secret = `Zq${process.pid}w7`;
    const marker = join(root, 'marker');
    writeFileSync(marker, '');
    await promisify(execFile)('/bin/sh', ['-c', `: --password=${secret}; exec cat ${marker}`]);
    const opened = await untilReceived(receiver, received => strings(received).includes(marker));
    const { batch } = opened;
    const row = batch.files!.path!.findIndex(ref => Buffer.from(batch.strings[ref]!).toString() === marker);
    assert.equal(batch.files!.result![row], 0);
    const shell = await untilReceived(receiver, received =>
      strings(received).some(text => text.includes('--password=***')),
    );
    assert.ok(shell.batch.processes!.pid!.includes(process.pid), 'the lineage holds this test');
    assert.ok(!receiver.batches.some(received => strings(received).some(text => text.includes(secret))));
    assert.equal(await ended(agent, 'SIGTERM'), 0);
    await receiver.close();
  },
);

test('a program that goes on is told with the hash of its file as soon as that is known', options, async () => {
  const { receiver, start } = await setUp('hashed');
  const agent = await start();
  const shell = join(root, 'shell-of-its-own');
  writeFileSync(shell, Buffer.concat([readFileSync('/bin/sh'), Buffer.from(`${process.pid}`)]), { mode: 0o755 });
  const hash = createHash('sha256').update(readFileSync(shell)).digest();
  const running = spawn(shell, ['-c', 'while read word; do : < /etc/hosts; done']);
  children.add(running);
  const { batch } = await untilReceived(receiver, received => {
    running.stdin.write('again\n');
    return received.batch.strings.some(bytes => hash.equals(bytes));
  });
  const row = batch.processes!.exeHash!.findIndex(ref => hash.equals(batch.strings[ref]!));
  assert.equal(Buffer.from(batch.strings[batch.processes!.exe![row]!]!).toString(), shell);
  running.stdin.end();
  await once(running, 'exit');
  assert.equal(await ended(agent, 'SIGTERM'), 0);
  await receiver.close();
});

test(
  'after kill -9 the agent goes on with its stream, without a hole and without a number given twice',
  options,
  async () => {
    const { receiver, start } = await setUp('killed');
    const first = await start();
    await untilReceived(receiver, ({ batch }) => batch.kinds.length > 0);
    receiver.reply = () => ({ status: 503, reason: 'unavailable' });
    const tried = receiver.tries.length;
    // Something for the spool, while the server takes nothing.
    for (let i = 0; i < 20; i++) await promisify(execFile)('/bin/true');
    await receiver.untilTries(tried + 1);
    await ended(first, 'SIGKILL');
    receiver.reply = () => ({ status: 202 });
    const second = await start();
    const before = receiver.batches.length;
    await untilReceived(receiver, received => receiver.batches.indexOf(received) > before + 2);
    assert.equal(await ended(second, 'SIGTERM'), 0);
    assert.equal(new Set(receiver.batches.map(({ stream }) => stream)).size, 1);
    let next = 0;
    for (const { batch } of receiver.batches) {
      assert.ok(batch.firstSequence <= next, `${batch.firstSequence} after ${next}`);
      next = Math.max(next, batch.firstSequence + batch.kinds.length);
    }
    await receiver.close();
  },
);

test('a spool folder that cannot be made is one line that says which and what to do', options, async () => {
  const { receiver, config, spool } = await setUp('no-folder');
  writeFileSync(spool, 'a file, and no folder');
  const agent = spawn(process.execPath, [main, 'run', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = agent.stderr.setEncoding('utf8').toArray();
  const [code] = await once(agent, 'exit');
  assert.equal(code, 78);
  assert.match(
    (await said).join(''),
    /^monitoringAgent: spool_directory \S+no-folder can't be used \(EEXIST[^\n]*; set another [^\n]*ReadWritePaths=\S+no-folder, [^\n]*\n$/,
  );
  await receiver.close();
});

test('status tells of the running agent, and a second agent on the same spool is refused', options, async () => {
  const { receiver, start, spool, config } = await setUp('status');
  const agent = await start();
  let status: AgentStatus | undefined;
  while (status?.sending.state !== 'connected') {
    status = await askStatus(spool);
    await wait(10);
  }
  assert.equal(status.pid, agent.pid);
  assert.ok(status.hooks.length > 0);
  const shown = await promisify(execFile)(process.execPath, [main, 'status', '--config', config]);
  assert.match(shown.stdout, /Hooks +\d+ of \d+ attached/);
  const second = spawn(process.execPath, [main, 'run', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = second.stderr.setEncoding('utf8').toArray();
  const [code] = await once(second, 'exit');
  assert.equal(code, 1);
  assert.match((await said).join(''), new RegExp(`an agent \\(pid ${agent.pid}\\) uses ${spool} already`));
  assert.equal(await ended(agent, 'SIGTERM'), 0);
  await receiver.close();
});

const beats = ({ batches }: Receiver): Heartbeat[] => batches.flatMap(({ batch }) => batch.heartbeat ?? []);

async function untilBeat(receiver: Receiver, wanted: (beat: Heartbeat) => boolean): Promise<Heartbeat> {
  const received = await untilReceived(receiver, ({ batch }) => wanted(batch.heartbeat ?? {}));
  return received.batch.heartbeat!;
}

/** A shell of the test's own sends the signal: the sender, and who started it, are told. */
async function signalled(child: ChildProcess, signal: 'TERM' | 'KILL' | 'STOP' | 'CONT'): Promise<number> {
  const shell = spawn('/bin/sh', ['-c', `kill -${signal} ${child.pid}; :`], { stdio: 'ignore' });
  await once(shell, 'exit');
  return shell.pid!;
}

const pids = (sent: SignalSent | null | undefined) => sent?.lineage?.map(({ pid }) => pid) ?? [];

test('the last word of an agent that is told to end says by whom', options, async () => {
  const { receiver, start } = await setUp('told');
  const agent = await start();
  await untilBeat(receiver, beat => (beat.startedMicros ?? 0) > 0);
  const ends = once(agent, 'exit');
  const shell = await signalled(agent, 'TERM');
  assert.deepEqual(await ends, [0, null]);
  const last = beats(receiver).at(-1)!.stopping;
  assert.equal(last?.signal, 15);
  assert.deepEqual(pids(last).slice(-2), [process.pid, shell]);
  assert.match(last!.lineage!.at(-1)!.program!, /\/(?:dash|bash|sh|busybox)$/);
  await receiver.close();
});

test('after kill -9 the next run says that the one before was killed, and by whom', options, async () => {
  const { receiver, start } = await setUp('witnessed');
  const first = await start();
  assert.equal((await untilBeat(receiver, beat => beat.previous != null)).previous?.end, PreviousEnd.NONE);
  const ends = once(first, 'exit');
  const shell = await signalled(first, 'KILL');
  await ends;
  const second = await start();
  const { previous } = await untilBeat(receiver, beat => beat.previous?.end === PreviousEnd.KILLED);
  assert.equal(previous?.by?.signal, 9);
  assert.deepEqual(pids(previous?.by).slice(-2), [process.pid, shell]);
  assert.equal(await ended(second, 'SIGTERM'), 0);
  const third = await start();
  await untilBeat(receiver, beat => beat.previous?.end === PreviousEnd.IN_ORDER);
  assert.equal(await ended(third, 'SIGTERM'), 0);
  await receiver.close();
});

/** The process that notes who kills an agent. */
function witnessOf(agent: ChildProcess): number | undefined {
  const children = readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, 'utf8').split(' ').map(Number);
  return children.find(pid => {
    try {
      return pid > 0 && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('picket_witness');
    } catch {
      // It ended meanwhile.
      return false;
    }
  });
}

test('a process that ran before with more for its loader than is kept is counted', options, async () => {
  const { receiver, start } = await setUp('before');
  const before = spawn('/bin/cat', [], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { LD_PRELOAD: '/x'.repeat(20_000) },
  });
  children.add(before);
  await once(before, 'spawn');
  const agent = await start();
  await untilReceived(receiver, ({ batch }) => batch.losses.some(({ name }) => name === 'environment.cut'));
  before.stdin.end();
  assert.equal(await ended(agent, 'SIGTERM'), 0);
  await receiver.close();
});

test(
  'whoever kills the witness first is told all the same: it is counted, and another one watches',
  options,
  async () => {
    const { receiver, start } = await setUp('unwitnessed');
    const first = await start();
    const before = witnessOf(first);
    assert.ok(before);
    process.kill(before, 'SIGKILL');
    await untilReceived(receiver, ({ batch }) => batch.losses.some(({ name }) => name === 'witness.lost'));
    for (let after = witnessOf(first); after === undefined || after === before; after = witnessOf(first))
      await wait(50);
    const ends = once(first, 'exit');
    const shell = await signalled(first, 'KILL');
    await ends;
    const second = await start();
    const { previous } = await untilBeat(receiver, beat => beat.previous?.end === PreviousEnd.KILLED);
    assert.deepEqual([previous?.by?.signal, pids(previous?.by).at(-1)], [9, shell]);
    assert.equal(await ended(second, 'SIGTERM'), 0);
    await receiver.close();
  },
);

test('an agent that was stopped for a while says for how long, and by whom', options, async () => {
  const { receiver, start } = await setUp('stopped');
  const agent = await start();
  // So that the start of the sender is not the first in the ring when the agent goes on.
  const search = spawn('find', ['/usr', '-xdev', '-type', 'd'], { stdio: 'ignore' });
  await once(search, 'spawn');
  const shell = await signalled(agent, 'STOP');
  // The time itself is what is measured.
  await wait(5_000);
  await signalled(agent, 'CONT');
  search.kill();
  const held = await untilBeat(receiver, beat => (beat.stalledMicros ?? 0) > 0);
  assert.ok(held.stalledMicros! > 2_000_000, `${held.stalledMicros}`);
  assert.equal(held.stalledBy?.signal, 19);
  assert.equal(pids(held.stalledBy).at(-1), shell);
  // Its program, not what the process was before: that it was started lay in the ring while the agent stood still.
  assert.equal(held.stalledBy?.lineage?.at(-1)?.program, realpathSync('/bin/sh'));
  assert.equal(await ended(agent, 'SIGTERM'), 0);
  await receiver.close();
});
