/**
 * The whole agent on a host that does its worst, in short (`npm run bench -- hostile` has the long form): it holds its bounds, sees
 * each program that is executed, and answers.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AgentStatus, askStatus } from './health/status.ts';
import { Receiver, testSeed } from './sending/receiver.fixture.ts';
import { mapBytes } from './sensor/contract/map-bytes.ts';
import { storms } from './sensor/contract/storm.ts';
import { sensorHere } from './sensor/contract/watch.ts';

/** The unit's MemoryMax is 512 MB. */
const mostMemory = 400 * 2 ** 20;
/** Nobody else's: the limit on its processes is the fork bomb's alone. */
const bomber = '3141592';

describe('a hostile host', { ...sensorHere, timeout: 110_000 }, () => {
  const { folder, run } = storms();
  const spool = join(folder, 'spool');
  const files = join(folder, 'files');
  const executed = new Set<string>();
  let agent: ChildProcess;
  let maps: number;
  let receiver: Receiver;

  before(async () => {
    mkdirSync(files);
    receiver = new Receiver();
    const api = await receiver.listen();
    receiver.on('accepted', ({ batch }) => {
      for (const bytes of batch.strings) {
        const text = Buffer.from(bytes).toString('latin1');
        if (text.includes('\0marker-')) executed.add(text.split('\0')[1]!);
      }
      // What was looked at is not kept: a storm is long.
      receiver.batches.length = receiver.tries.length = 0;
    });
    const config = join(folder, 'agent.conf');
    const rows = { api, key: testSeed.toString('base64url'), name: 'h', id: '018f0000-0000-7000-8000-000000000001' };
    const sizes = { buffer_size: 20_000, batch_size: 1_000, spool_directory: spool };
    const lines = Object.entries({ ...rows, ...sizes }).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(config, lines.join(''), { mode: 0o600 });
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    agent = spawn(process.execPath, [main, 'run', '--config', config], { stdio: ['ignore', 'ignore', 'inherit'] });
    while ((await askStatus(spool))?.sending.state !== 'connected') await wait(50);
    maps = mapBytes(agent.pid!);
  });

  after(async () => {
    if (agent.exitCode === null) {
      agent.kill('SIGTERM');
      await once(agent, 'exit');
    }
    await receiver.close();
  });

  const storm = (name: string, ...what: readonly string[]) =>
    test(name, async () => {
      await run(...what);
      execFileSync('/bin/true', [`marker-${what[0]}`]);
      while (!executed.has(`marker-${what[0]}`)) await wait(50);
      const status: AgentStatus | undefined = await askStatus(spool);
      assert.ok(status, 'the agent answers');
      assert.ok(status.rssBytes < mostMemory, `${Math.round(status.rssBytes / 2 ** 20)} MB`);
      assert.equal(status.losses['ring.full'] ?? 0, 0);
      const now = mapBytes(agent.pid!);
      assert.ok(now <= maps * 1.1, `the kernel's maps had ${maps} bytes and have ${now}`);
    });

  storm('files that live for microseconds', 'files', files, '50000');
  storm('paths of 4,095 bytes, each opened twice', 'paths', files, '5000');
  storm('arguments of 2 MB', 'arguments', '40');
  storm('ten thousand connections, a thousand at a time', 'connections', '10000');
  storm('a fork bomb of a user who may have 200 processes', 'forks', '2', '200', bomber);
});
