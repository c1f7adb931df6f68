/**
 * Parts of a running Picket are killed, stopped, starved of disk and fed rubbish while real programs open real files.
 * Each time the server process lives on, everything recovers by itself, every open is stored once, and attacks are alerts.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { sensorSupport } from '@picket/native';
import { mountSmallDisk, type SmallDisk } from '../agent/spool/small-disk.fixture.ts';
import { type AgentProcess, startAgent } from './harness/agent.ts';
import { type Api, logIn } from './harness/api.ts';
import { openFiles, storedOnce } from './harness/opens.ts';
import { newPlace, type Picket, type Place, startPicket } from './harness/picket.ts';
import { recovery } from './harness/recovery.ts';
import { dawdle, rubbish, say } from './harness/rubbish.ts';
import { until } from './harness/until.ts';
import { reverseShell } from './simulate/scenarios/reverse-shell.ts';

const support = sensorSupport();
const skip = support.supported ? false : support.reason;
const password = 'a long enough first password';
const MiB = 1 << 20;

interface SeenEvent {
  readonly file: { readonly path: string } | null;
  readonly exec: { readonly args: readonly string[] } | null;
}

let disk: SmallDisk;
/** Of the agent: not on the small disk. */
let host: string;
let place: Place;
let picket: Picket;
let api: Api;
let endpoint: string;
let agent: AgentProcess;

before(async () => {
  if (skip) return;
  const mounted = mountSmallDisk(1 << 20);
  assert.ok(mounted, 'root, which the sensor takes, may mount a tmpfs');
  disk = mounted;
  host = mkdtempSync(join(tmpdir(), 'picket-e2e-host-'));
  place = await newPlace(disk.folder);
  picket = await startPicket(place, { agent: false });
  assert.ok(picket.firstAdmin, picket.output());
  api = await logIn(picket.apiUrl, picket.firstAdmin, password);
  const added = await api.post<{ endpoint: { id: string }; configuration: string }>('/endpoints', {
    name: 'faulty-host',
    api: `http://127.0.0.1:${place.ports.ingress}/submit_logs`,
  });
  endpoint = added.endpoint.id;
  const config = join(host, 'monitoringAgent.conf');
  writeFileSync(config, added.configuration, { mode: 0o600 });
  const spool = join(host, 'spool');
  mkdirSync(spool);
  appendFileSync(config, `spool_directory=${spool}\n`);
  agent = startAgent(config);
  await connected();
});

after(async () => {
  try {
    if (agent?.running()) await agent.stop();
  } finally {
    await picket?.stop();
    disk?.unmount();
    if (host) rmSync(host, { recursive: true, force: true });
  }
});

/** Why the server answered with a mistake is in its log alone, which goes with its disk. */
afterEach(context => {
  if (!(context instanceof Object && 'passed' in context) || context.passed) return;
  for (const line of picket.log().filter(({ level }) => level >= 50))
    context.diagnostic(JSON.stringify(line).slice(0, 1_000));
});

test('whatever a file or an argument is called is shown byte by byte: SQL, blank lines, quotes, no UTF-8', {
  skip,
}, async () => {
  const names: readonly [bytes: string, shown: string][] = [
    ["'); DROP TABLE events; --", "'); DROP TABLE events; --"],
    ['blank\n\nlines\r\n', 'blank\n\nlines\r\n'],
    ['"quoted" \'twice\' `and` \\N', '"quoted" \'twice\' `and` \\N'],
    ['\xff\xfe is no text', '\\xff\\xfe is no text'],
  ];
  const folder = join(host, 'names');
  mkdirSync(folder);
  for (const [bytes] of names) {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes, 'latin1')]), '');
    // The shell takes the argument from a pipe: Node's own arguments are text.
    execFileSync('/bin/sh', ['-c', 'exec /bin/true "$(cat; echo .)"'], {
      input: Buffer.from(bytes, 'latin1'),
      timeout: 10_000,
    });
  }
  const found = async (query: string) =>
    (await api.get<{ items: SeenEvent[] }>(`/events?endpoint=${endpoint}&limit=200&${query}`)).items;
  const shown = names.map(([, text]) => text);
  await until('the files to be shown by their names', 30, async () => {
    const files = await found(`kind=file.opened&path=${encodeURIComponent(`${folder}/*`)}`);
    return shown.every(text => files.some(({ file }) => file?.path === `${folder}/${text}`)) || undefined;
  });
  await until('the arguments to be shown as they were given', 30, async () => {
    const programs = await found('kind=process.executed&program=/usr/bin/true');
    return shown.every(text => programs.some(({ exec }) => exec?.args[1] === `${text}.`)) || undefined;
  });
});

for (const [engine, store] of [
  ['clickhouse', 'event store'],
  ['postgres', 'control store'],
] as const) {
  test(`the engine of the ${store} is killed in mid-stream: it is back in seconds, nothing is lost or doubled`, {
    skip,
  }, async t => {
    const killed = engineOf(engine);
    let after = recovery(t);
    const opened = await openFiles(join(host, engine), 3_000, async done => {
      if (done !== 1_000) return;
      process.kill(killed, 'SIGKILL');
      after = recovery(t);
      await attack();
    });
    await until(`another process to be the ${store}`, 20, () => engineOf(engine) !== killed || undefined);
    await until(`the API to answer from the ${store}`, 20, () =>
      api.get(engine === 'postgres' ? '/me' : '/events?limit=1'),
    );
    after(`the ${store} answers`);
    await alerted();
    await storedOnce(api, endpoint, opened);
    after('all is stored and found once');
    await goesOn();
  });
}

test('the server stands still for a while: the agent keeps what it sees, and nothing is lost or doubled', {
  skip,
}, async t => {
  process.kill(picket.server, 'SIGSTOP');
  try {
    const opened = await openFiles(join(host, 'stopped'), 3_000);
    await attack();
    await until('the agent to have written the opens down', 30, async () => {
      return (await agent.status()).queue.events >= opened.count || undefined;
    });
    process.kill(picket.server, 'SIGCONT');
    const after = recovery(t);
    await alerted();
    await storedOnce(api, endpoint, opened);
    after('all is stored and found once');
  } finally {
    process.kill(picket.server, 'SIGCONT');
  }
  await goesOn();
});

test('rubbish on every port, and connections that never end a request, hold nobody up', { skip }, async () => {
  const { ingress, dashboard, api: apiPort } = place.ports;
  const slow = await Promise.all([ingress, dashboard, apiPort].map(port => dawdle(port, 200)));
  try {
    const opened = await openFiles(join(host, 'rubbish'), 2_000, async done => {
      const part = rubbish.filter((_, i) => i % 4 === done / 500 - 1);
      await Promise.all([ingress, dashboard, apiPort].flatMap(port => part.map(words => say(port, words))));
    });
    await attack();
    await alerted();
    await storedOnce(api, endpoint, opened);
    const page = await fetch(`${picket.url}/login`, { signal: AbortSignal.timeout(20_000) });
    assert.equal(page.status, 200);
    await until('ingress to end the connections that never say more', 30, () => {
      return slow[0]!.every(({ closed }) => closed) || undefined;
    });
  } finally {
    for (const socket of slow.flat()) socket.destroy();
  }
  await goesOn();
});

test('the server’s disk runs full to the last byte in mid-stream: the agent keeps its events until there is room', {
  skip,
}, async t => {
  const opened = await openFiles(join(host, 'full'), 3_000, async done => {
    if (done === 1_000) disk.leave(0);
    if (done === 2_000) await attack();
  });
  await until('the agent to be told that the disk is full', 60, async () => {
    return /status 503, disk-full/.test((await agent.status()).sending.trouble ?? '') || undefined;
  });
  // An engine that dies now can't come back, and whatever the server says of it has no room in its log either.
  process.kill(engineOf('postgres'), 'SIGKILL');
  for (let i = 0; i < 20; i++) await answered(api.post('/endpoints', { name: `no-room-${i}` }));
  disk.clear();
  const after = recovery(t);
  await connected();
  after('events are taken again');
  await alerted();
  await storedOnce(api, endpoint, opened);
  after('all is stored and found once');
  await goesOn();
});

test('a disk with less than the reserve left is said once in the log, and once when there is room again', {
  skip,
}, async () => {
  const full = () => picket.log().filter(({ msg }) => /disk is full/.test(msg)).length;
  const before = full();
  const recovered = () => picket.log().filter(({ msg }) => /There is room again/.test(msg)).length;
  const recoveredBefore = recovered();
  disk.leave(200 * MiB);
  const opened = await openFiles(join(host, 'reserve'), 2_000);
  await until('the agent to be told that the disk is full', 60, async () => {
    return /status 503, disk-full/.test((await agent.status()).sending.trouble ?? '') || undefined;
  });
  const refused = await refusals();
  await until('two more tries of the agent', 60, async () => (await refusals()) >= refused + 2 || undefined);
  disk.clear();
  await connected();
  await storedOnce(api, endpoint, opened);
  await until('the log to say that there is room', 30, () => recovered() > recoveredBefore || undefined);
  assert.deepEqual([full() - before, recovered() - recoveredBefore], [1, 1]);
  await goesOn();
});

/** With what was asked for or with a clear refusal: never with a mistake of the server, nor with silence. */
async function answered(request: Promise<unknown>): Promise<void> {
  await request.catch(error => assert.match(error.message, /: 503 .*"reason":"unavailable"/));
}

/** Pid of an engine, as the server noted it for its next start. */
function engineOf(engine: string): number {
  return JSON.parse(readFileSync(join(place.data, `${engine}.pid`), 'utf8')).pid;
}

let attacks = 0;

async function attack(): Promise<void> {
  using undo = new DisposableStack();
  await reverseShell.run(undo, AbortSignal.timeout(20_000));
  attacks++;
}

/** Each attack so far is counted in the alert, and each once. */
async function alerted(): Promise<void> {
  await until(
    `an alert that counts ${attacks} attacks`,
    60,
    async () => (await attacksCounted()) >= attacks || undefined,
  );
  assert.equal(await attacksCounted(), attacks);
}

async function attacksCounted(): Promise<number> {
  const { items } = await api.get<{ items: { count: number }[] }>(
    `/alerts?endpoint=${endpoint}&detector=process.reverse-shell`,
  );
  return items.reduce((sum, { count }) => sum + count, 0);
}

/** Submissions that ingress has answered with 503 disk-full. */
async function refusals(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${place.ports.ingress}/metrics`, {
    signal: AbortSignal.timeout(10_000),
  });
  return Number(
    /^picket_ingress_submissions_total\{outcome="disk-full"\} (\d+)$/m.exec(await response.text())?.[1] ?? 0,
  );
}

/** The server takes what the agent sends. */
async function connected(): Promise<void> {
  await until('the agent to be connected', 60, async () => {
    return (await agent.status()).sending.state === 'connected' || undefined;
  });
}

/** The same server process as in the beginning runs, its agent is connected, and people can write. */
async function goesOn(): Promise<void> {
  assert.ok(existsSync(`/proc/${picket.server}`), `the server has ended:\n${picket.output()}`);
  await connected();
  await until('the API to take what people write', 20, () =>
    api.patch(`/endpoints/${endpoint}`, { name: 'faulty-host' }),
  );
}
