/** The whole agent with real kernel programs obeys a server of the test's own, and nobody else. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sensorSupport } from '@picket/native';
import { type Command, type CommandAction, signCommand } from '@picket/proto';
import { readProcess } from '../processes/proc.ts';
import { Receiver, testSeed } from '../sending/receiver.fixture.ts';
import { stage } from '../sensor/contract/act.ts';
import type { CommandResult, Report } from './report.ts';
import { type SmallNetwork, smallNetwork, smallNetworkObstacle } from './small-network.fixture.ts';
import type { ResponseState } from './state.ts';

const support = sensorSupport();
const options = { skip: support.supported ? smallNetworkObstacle() : support.reason, timeout: 115_000 };
const program = fileURLToPath(new URL('./agent.fixture.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'picket-response-'));
const endpoint = '018f0000-0000-7000-8000-000000000001';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = 8080;

const act = options.skip ? '' : stage().act;
let net: SmallNetwork;
const running = new Set<ChildProcess>();
const receivers: Receiver[] = [];
before(async () => {
  if (options.skip) return;
  net = await smallNetwork();
  await net.outside.ask(`listen ${other}`);
});
after(async () => {
  for (const child of running) child.kill('SIGKILL');
  for (const receiver of receivers) await receiver.close();
  await net?.close();
  rmSync(root, { recursive: true, force: true });
});

let serial = Date.now();
const commandOf = (action: CommandAction, change: Partial<Command> = {}): Command => {
  const issued = Math.floor(Date.now() / 1000);
  const id = `00000000-0000-4000-8000-${String(++serial % 1e12).padStart(12, '0')}`;
  return { id, endpoint, serial, issued, expires: issued + 600, action, ...change };
};
const signed = (command: Command, key = privateKey) => signCommand(command, key);

async function setUp(name: string) {
  const receiver = new Receiver();
  receivers.push(receiver);
  const api = await receiver.listen();
  const spool = join(root, name);
  const config = join(root, `${name}.conf`);
  const command = publicKey.export({ format: 'jwk' }).x!;
  const rows = { api, key: testSeed.toString('base64url'), name, id: endpoint, command_key: command };
  const sizes = { buffer_size: 5000, batch_size: 200, flush_interval: 50, spool_directory: spool };
  const lines = Object.entries({ ...rows, ...sizes }).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(config, lines.join(''), { mode: 0o600 });
  const start = async (): Promise<ChildProcess> => {
    const { cgroup, pins } = net.places;
    const child = spawn(process.execPath, [program, config, cgroup, pins], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false }))
      if (String(chunk).includes('Watching this host')) return child;
    throw new Error('the agent ended at its start');
  };
  const stop = async (child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    await once(child, 'exit');
    running.delete(child);
  };
  return { receiver, start, stop, spool };
}

/** Fails after 100 s: another test's load may be in the way. */
async function reported(receiver: Receiver, wanted: (report: Report) => boolean): Promise<Report> {
  const signal = AbortSignal.timeout(100_000);
  for (;;) {
    const found = receiver.reports.find(wanted);
    if (found) return found;
    await once(receiver, 'report', { signal });
  }
}

/** Hands the commands over, and gives what came of the last one. */
async function carriedOut(receiver: Receiver, ...commands: readonly Command[]): Promise<CommandResult> {
  receiver.commands = commands.map(command => signed(command));
  const { id } = commands.at(-1)!;
  const { results } = await reported(receiver, report => report.results.some(result => result.id === id));
  receiver.commands = [];
  return results.find(result => result.id === id)!;
}

const execIdOf = (pid: number) =>
  `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${pid}:${readProcess(pid)!.startTicks}`;

test('a process is killed, and the server is told', options, async () => {
  const { receiver, start, stop } = await setUp('obeys');
  const agent = await start();
  const victim = spawn('/bin/sleep', ['600']);
  running.add(victim);
  const ends = once(victim, 'exit');
  const killed = await carriedOut(receiver, commandOf({ kind: 'kill-process', execId: execIdOf(victim.pid!) }));
  assert.equal(killed.outcome, 'done', killed.detail);
  assert.deepEqual(await ends, [null, 'SIGKILL']);
  await stop(agent, 'SIGTERM');
});

test('a file is looked at, and the server is told', options, async () => {
  const { receiver, start, stop } = await setUp('looks');
  const agent = await start();
  const marker = join(root, 'marker');
  writeFileSync(marker, 'what a host holds');
  const collected = await carriedOut(receiver, commandOf({ kind: 'collect-file', path: marker }));
  assert.equal(collected.file?.sha256, createHash('sha256').update('what a host holds').digest('hex'));
  await stop(agent, 'SIGTERM');
});

test('what is forged, for another, late or played again is not obeyed, and the server is told', options, async () => {
  const { receiver, start, stop } = await setUp('refuses');
  const agent = await start();
  const victim = spawn('/bin/sleep', ['600']);
  running.add(victim);
  const action: CommandAction = { kind: 'kill-process', execId: execIdOf(victim.pid!) };
  const obeyed = commandOf({ kind: 'release' });
  await carriedOut(receiver, obeyed);
  const now = Math.floor(Date.now() / 1000);
  const late = commandOf(action, { issued: now - 700, expires: now - 100 });
  const replayed = { ...commandOf(action), serial: obeyed.serial };
  receiver.commands = [
    signed(commandOf(action), generateKeyPairSync('ed25519').privateKey),
    signed(commandOf(action, { endpoint: '018f0000-0000-7000-8000-000000000002' })),
    signed(late),
    signed(replayed),
    'rubbish',
  ];
  const { results, refusals } = await reported(receiver, report => report.refusals.length > 0);
  receiver.commands = [];
  assert.deepEqual(
    results.map(({ id, outcome }) => [id, outcome]),
    [[late.id, 'refused']],
  );
  const whys = refusals.map(({ detail }) => detail);
  for (const why of [
    /not one of the server’s command key/,
    /is for endpoint 018f.*002$/,
    /this is a replay/,
    /no signed command/,
  ])
    assert.ok(
      whys.some(detail => why.test(detail)),
      `${why} is among ${JSON.stringify(whys)}`,
    );
  assert.equal(whys.length, 4);
  assert.equal(victim.exitCode ?? victim.signalCode, null, 'it lives');
  victim.kill('SIGKILL');
  await stop(agent, 'SIGTERM');
});

test('a command that was obeyed is not obeyed again by the next run; its answer is given again', options, async () => {
  const { receiver, start, stop } = await setUp('once');
  const first = await start();
  const marker = join(root, 'first');
  writeFileSync(marker, 'first');
  const command = commandOf({ kind: 'collect-file', path: marker });
  const before = await carriedOut(receiver, command);
  await stop(first, 'SIGKILL');
  writeFileSync(marker, 'second');
  receiver.reports.length = 0;
  const second = await start();
  assert.deepEqual(await carriedOut(receiver, command), before);
  await stop(second, 'SIGTERM');
});

test(
  'a host stays isolated while its agent is killed and started again, and is released by a command',
  options,
  async () => {
    const { receiver, start, stop } = await setUp('survives');
    const { inside, addresses } = net;
    const reach = () => inside.ask(`connect ${addresses[0]} ${other}`);
    const first = await start();
    assert.equal(await reach(), 'ok');
    const isolated = await carriedOut(receiver, commandOf({ kind: 'isolate', minutes: null }));
    assert.deepEqual([isolated.outcome, await reach()], ['done', 'EPERM'], isolated.detail);
    await stop(first, 'SIGKILL');
    assert.equal(await reach(), 'EPERM', 'with no agent');
    const second = await start();
    assert.equal(await reach(), 'EPERM', 'with the next one');
    await stop(second, 'SIGTERM');
    assert.equal(await reach(), 'EPERM', 'an agent that ends in order releases nobody');
    receiver.reports.length = 0;
    const third = await start();
    const { isolation } = await reported(receiver, () => true);
    assert.equal(isolation?.fleeting, '');
    assert.equal((await carriedOut(receiver, commandOf({ kind: 'release' }))).outcome, 'done');
    assert.equal(await reach(), 'ok');
    await stop(third, 'SIGTERM');
  },
);

test('an isolation with a time limit ends by itself, and the server is told', options, async () => {
  const { receiver, start, stop, spool } = await setUp('limited');
  const { inside, addresses } = net;
  const reach = () => inside.ask(`connect ${addresses[0]} ${other}`);
  const first = await start();
  await carriedOut(receiver, commandOf({ kind: 'isolate', minutes: 5 }));
  assert.equal(await reach(), 'EPERM');
  await stop(first, 'SIGKILL');
  // The five minutes, made short; they may be over when the next run begins.
  const file = join(spool, 'response');
  const state = JSON.parse(readFileSync(file, 'utf8')) as ResponseState;
  const left = (state.isolation!.untilMicros! - Date.now() * 1000) / 60_000_000;
  assert.ok(left > 4 && left <= 5, `${left} minutes are left`);
  const untilMicros = Date.now() * 1000 + 5_000_000;
  writeFileSync(file, JSON.stringify({ ...state, isolation: { ...state.isolation, untilMicros } }));
  receiver.reports.length = 0;
  const second = await start();
  await reported(receiver, ({ isolation }) => isolation === null);
  assert.ok(Date.now() * 1000 >= untilMicros);
  for (const end = performance.now() + 30_000; (await reach()) !== 'ok'; await wait(50))
    assert.ok(performance.now() < end, 'the network is back');
  await stop(second, 'SIGTERM');
});

const tool = { ...options, skip: options.skip || (hasBpftool() ? false : 'bpftool, which takes it away, is not here') };

function hasBpftool(): boolean {
  return spawnSync('bpftool', ['version']).status === 0;
}

test('an isolation that somebody lifts is put back', tool, async () => {
  const { receiver, start, stop } = await setUp('mended');
  const { inside, addresses, places } = net;
  const reach = () => inside.ask(`connect ${addresses[0]} ${other}`);
  const agent = await start();
  await carriedOut(receiver, commandOf({ kind: 'isolate', minutes: 60 }));
  for (const name of readdirSync(places.pins))
    execFileSync('bpftool', ['link', 'detach', 'pinned', join(places.pins, name)]);
  // The agent looks every two seconds.
  for (const end = performance.now() + 30_000; (await reach()) !== 'EPERM'; await wait(50))
    assert.ok(performance.now() < end, 'it is in force again');
  await carriedOut(receiver, commandOf({ kind: 'release' }));
  await stop(agent, 'SIGTERM');
});

test('an isolation whose programs somebody exchanges is put back', options, async () => {
  const { receiver, start, stop } = await setUp('exchanged');
  const { inside, addresses, places } = net;
  const reach = () => inside.ask(`connect ${addresses[0]} ${other}`);
  const agent = await start();
  await carriedOut(receiver, commandOf({ kind: 'isolate', minutes: 60 }));
  assert.equal(await reach(), 'EPERM');
  execFileSync(act, ['replace-programs', places.pins]);
  assert.equal(await reach(), 'ok');
  for (const end = performance.now() + 30_000; (await reach()) !== 'EPERM'; await wait(50))
    assert.ok(performance.now() < end, 'it is in force again');
  await carriedOut(receiver, commandOf({ kind: 'release' }));
  assert.equal(await reach(), 'ok');
  await stop(agent, 'SIGTERM');
});
