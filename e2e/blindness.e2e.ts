/**
 * Somebody with root takes the agent's sight, in each way there is: every one is an alert that says who did it, and the endpoint's
 * page knows from when until when the host was not seen.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sensorSupport } from '@picket/native';
import { mountSmallDisk } from '../agent/spool/small-disk.fixture.ts';
import { type AgentProcess, startAgent } from './harness/agent.ts';
import { type Api, logIn } from './harness/api.ts';
import { openFiles, storedOnce } from './harness/opens.ts';
import { newPlace, type Picket, type Place, removePlace, startPicket } from './harness/picket.ts';
import { spooledStrings } from './harness/spool.ts';
import { until } from './harness/until.ts';

const support = sensorSupport();
const skip = support.supported ? false : support.reason;
const sources = join(import.meta.dirname, 'blindness');

interface Alert {
  readonly id: string;
  readonly count: number;
  readonly deviation: string;
  readonly evidence: { readonly reason: string; readonly ancestry: readonly { pid: number; exe: string }[] };
}

interface Span {
  readonly detector: string;
  readonly beganAt: string;
  readonly endedAt: string | null;
  readonly lost: number;
}

let place: Place;
let picket: Picket;
let api: Api;
let endpoint: string;
let agent: AgentProcess;
let tools: string;

before(async () => {
  if (skip) return;
  place = await newPlace();
  tools = join(place.data, 'tools');
  mkdirSync(tools);
  execFileSync('cc', ['-O1', '-o', join(tools, 'gdb'), join(sources, 'close-in.c')]);
  execFileSync('cc', ['-O1', '-o', join(tools, 'storm'), join(sources, '../../agent/sensor/contract/storm.c')]);
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', join(tools, 'wall-clock.so'), join(sources, 'wall-clock.c')]);
  picket = await startPicket(place, { agent: false });
  api = await logIn(picket.apiUrl, picket.firstAdmin!, 'a long enough first password');
  const added = await api.post<{ endpoint: { id: string }; configuration: string }>('/endpoints', {
    name: 'blinded-host',
    api: `http://127.0.0.1:${place.ports.ingress}/submit_logs`,
  });
  endpoint = added.endpoint.id;
  writeFileSync(place.config, added.configuration, { mode: 0o600 });
  mkdirSync(spool());
  appendFileSync(place.config, `spool_directory=${spool()}\nspool_size=1M\n`);
  await start();
});

after(async () => {
  try {
    if (agent?.running()) await agent.stop();
  } finally {
    await picket?.stop();
    if (place) removePlace(place);
  }
});

test('killed', { skip }, async () => {
  const shell = await sh(`kill -KILL ${agent.pid}`);
  await start();
  const alert = await alerted('sensor.killed');
  assert.match(alert.evidence.reason, /^The agent was killed with SIGKILL by (?:dash|bash|sh) \(pid \d+/);
  assert.deepEqual(doer(alert), shell);
  await spanEnded('sensor.killed');
});

test('killed by somebody who hides it: the note of its end is not believed', { skip }, async () => {
  await sh(`kill -KILL ${agent.pid}`);
  await until('the agent to have ended', 30, () => !agent.running() || undefined);
  await sh(`sed -i s/false/true/ ${join(spool(), 'run')}`);
  await start();
  const alert = await alerted('sensor.unsaid-end');
  assert.match(
    alert.evidence.reason,
    /without a word to its server, and the note on its host says that it ended in order/,
  );
  await spanEnded('sensor.unsaid-end');
});

test('stopped; the host is not seen until the agent is started again', { skip }, async () => {
  const shell = await sh(`kill -TERM ${agent.pid}`);
  await until('the agent to have ended', 30, () => !agent.running() || undefined);
  const alert = await alerted('sensor.stopped');
  assert.match(alert.evidence.reason, /^The agent was stopped with SIGTERM by (?:dash|bash|sh) \(pid \d+/);
  assert.deepEqual(doer(alert), shell);
  assert.equal((await spans('sensor.stopped'))[0]?.endedAt, null);
  await start();
  await spanEnded('sensor.stopped');
});

test('its configuration is changed', { skip }, async () => {
  await sh(`sed -i s/^batch_size=.*/batch_size=321/ ${place.config}`);
  await agent.stop();
  await start();
  const alert = await alerted('sensor.config-changed');
  assert.equal(alert.deviation, 'batch_size');
  assert.match(alert.evidence.reason, /: batch_size, after: sed -i \S+ \S+monitoringAgent\.conf$/);
  assert.match(alert.evidence.ancestry.at(-1)?.exe ?? '', /\/sed$/);
});

test('a kernel program is taken away: by a debugger that makes the agent close it', { skip }, async () => {
  const link = readdirSync(`/proc/${agent.pid}/fd`).find(fd => /bpf[_-]link/.test(linkOf(fd)));
  assert.ok(link, 'the agent holds links of kernel programs');
  const pid = await run(join(tools, 'gdb'), String(agent.pid), link);
  const alert = await alerted('sensor.hook-detached');
  assert.match(alert.evidence.reason, /was detached while the agent ran, and the agent attached it again$/);
  assert.equal(alert.evidence.ancestry.at(-1)?.pid, pid);
  await spanEnded('sensor.hook-detached');
  const status = await agent.status();
  assert.ok(status.hooks.every(({ attached }) => attached));
});

test('it is held up, and silent: who did it is told when it runs again', { skip }, async () => {
  const shell = await sh(`kill -STOP ${agent.pid}`);
  try {
    const silent = await alerted('sensor.silent', 120);
    assert.match(silent.evidence.reason, /^The host has not been heard for \d+ s/);
    assert.equal((await spans('sensor.silent'))[0]?.endedAt, null);
  } finally {
    await sh(`kill -CONT ${agent.pid}`);
  }
  const alert = await alerted('sensor.stalled');
  assert.match(alert.evidence.reason, /^The agent was stopped in its tracks for \d+ s by (?:dash|bash|sh) \(pid \d+/);
  assert.deepEqual(doer(alert), shell);
  await spanEnded('sensor.silent');
});

test('the clock of its host is set', { skip }, async () => {
  // The command fails, for the machine's sake; what it would have done is done to the agent's view of the clock.
  await sh('date --set nonsense 2>/dev/null; true');
  // Clocks are compared batch by batch: the one that has the program must not come after the one that has the new time.
  await until('the start of date to be stored', 60, async () => {
    const wanted = `endpoint=${endpoint}&kind=process.executed&program=${encodeURIComponent('*/date')}`;
    return (await api.get<{ count: number }>(`/events/count?${wanted}`)).count > 0 || undefined;
  });
  writeFileSync(join(tools, 'ahead'), '100');
  const forward = await alerted('sensor.clock-jump');
  assert.match(forward.evidence.reason, /^The clock was set forward by (?:99|100|101) s, after: date --set nonsense$/);
  assert.match(forward.evidence.ancestry.at(-1)?.exe ?? '', /\/date$/);
  writeFileSync(join(tools, 'ahead'), '0');
  await until('the clock to be seen set back', 60, async () =>
    (await alerts('sensor.clock-jump')).find(({ deviation }) => deviation === 'set back'),
  );
});

test('what it had written down is removed: the hole in its numbers is told, and how many events are missing', {
  skip,
}, async () => {
  process.kill(picket.server, 'SIGSTOP');
  try {
    while (segments().length < 4) await run(join(tools, 'storm'), 'files', tools, '5000');
    await agent.kill();
    // Those in the middle: an agent that found none at all would begin anew, which is another alert.
    await sh(`rm ${segments().slice(1, -1).join(' ')}`);
  } finally {
    process.kill(picket.server, 'SIGCONT');
  }
  await start();
  const alert = await alerted('sensor.gap');
  assert.match(alert.evidence.reason, /^\d+ events between two batches of this host never arrived$/);
  const [span] = await spans('sensor.gap');
  assert.ok(span && span.lost > 0, JSON.stringify(span));
});

test('the disk under its spool is full while the server is away: what it kept arrives once, the rest is counted', {
  skip: skip || (process.getuid?.() !== 0 && 'a small disk takes root to mount'),
}, async () => {
  const disk = mountSmallDisk(8 << 10);
  assert.ok(disk);
  const options = { spool_directory: join(disk.folder, 'spool'), spool_size: '1G', buffer_size: '1000' };
  try {
    mkdirSync(options.spool_directory);
    await agent.stop();
    for (const [name, value] of Object.entries(options))
      await sh(`sed -i 's|^${name}=.*|${name}=${value}|' ${place.config}`);
    await start();
    process.kill(picket.server, 'SIGSTOP');
    const kept = await openFiles(join(place.data, 'kept'), 500);
    await until('the opens to be in the spool', 60, () => {
      return spooledStrings(options.spool_directory).has(join(kept.folder, '499')) || undefined;
    });
    disk.leave(0);
    const refused = async () => (await agent.status()).losses['spool.disk-refused'] ?? 0;
    while ((await refused()) === 0) await run(join(tools, 'storm'), 'files', tools, '2000');
    process.kill(picket.server, 'SIGCONT');
    const alert = await until('the alert', 90, async () =>
      (await alerts('sensor.loss')).find(({ deviation }) => deviation === 'spool.disk-refused'),
    );
    assert.match(alert.evidence.reason, /^\d+ events were lost: the disk took no more$/);
    disk.clear();
    await storedOnce(api, endpoint, kept);
    await storedOnce(api, endpoint, await openFiles(join(place.data, 'after'), 500));
    const { losses } = await api.get<{ losses: Record<string, number> }>(`/endpoints/${endpoint}`);
    assert.equal(losses['spool.disk-refused'], await refused());
  } finally {
    process.kill(picket.server, 'SIGCONT');
    if (agent.running()) await agent.stop();
    disk.unmount();
  }
});

const segments = () =>
  readdirSync(spool())
    .filter(name => name.endsWith('.segment'))
    .toSorted()
    .map(name => join(spool(), name));

const spool = () => join(place.data, 'agent-spool');

async function start(): Promise<void> {
  agent = startAgent(place.config, {
    LD_PRELOAD: join(tools, 'wall-clock.so'),
    CLOCK_AHEAD: join(tools, 'ahead'),
  });
  await until('the agent to be connected', 60, async () => {
    return (await agent.status()).sending.state === 'connected' || undefined;
  });
}

/** A shell of the test's own runs it; gives the shell's pid. */
const sh = (script: string): Promise<number> => run('/bin/sh', '-c', `${script}\n:`);

async function run(program: string, ...args: string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  assert.equal(code, 0, `${program} ${args.join(' ')}`);
  return child.pid!;
}

async function alerts(detector: string): Promise<Alert[]> {
  const { items } = await api.get<{ items: { id: string }[] }>(`/alerts?endpoint=${endpoint}&detector=${detector}`);
  return await Promise.all(items.map(({ id }) => api.get<Alert>(`/alerts/${id}`)));
}

const alerted = (detector: string, seconds = 60): Promise<Alert> =>
  until(`an alert of ${detector}`, seconds, async () => (await alerts(detector))[0]);

/** Who did it: the last of the ancestry; the one above is this test. */
function doer({ evidence }: Alert): number | undefined {
  assert.equal(evidence.ancestry.at(-2)?.pid, process.pid);
  return evidence.ancestry.at(-1)?.pid;
}

const spans = async (detector: string): Promise<Span[]> =>
  (await api.get<{ items: Span[] }>(`/endpoints/${endpoint}/blind-spans`)).items.filter(
    span => span.detector === detector,
  );

const spanEnded = (detector: string) =>
  until(`the time of ${detector} to have an end`, 60, async () =>
    (await spans(detector)).find(({ endedAt }) => endedAt !== null),
  );

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/${agent.pid}/fd/${fd}`);
  } catch {
    return '';
  }
}
