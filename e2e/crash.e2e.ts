/** Parts are killed with SIGKILL while real programs open real files: every open is stored, each exactly once. */

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sensorSupport } from '@picket/native';
import { type AgentProcess, startAgent } from './harness/agent.ts';
import { type Api, logIn } from './harness/api.ts';
import { openFiles, storedOnce } from './harness/opens.ts';
import { newPlace, type Picket, type Place, removePlace, startPicket } from './harness/picket.ts';
import { recovery } from './harness/recovery.ts';
import { spooledStrings } from './harness/spool.ts';
import { until } from './harness/until.ts';

const support = sensorSupport();
const skip = support.supported ? false : support.reason;
const password = 'a long enough first password';

let place: Place;
let picket: Picket;
let api: Api;
let endpoint: string;
/** Folder of the agent's spool. */
let spool: string;
let agent: AgentProcess;
let login: { email: string; password: string };

before(async () => {
  if (skip) return;
  place = await newPlace();
  picket = await startPicket(place, { agent: false });
  login = { email: picket.firstAdmin?.email ?? '', password };
  api = await logIn(picket.apiUrl, picket.firstAdmin ?? login, password);
  const added = await api.post<{ endpoint: { id: string }; configuration: string }>('/endpoints', {
    name: 'crash-host',
    api: `http://127.0.0.1:${place.ports.ingress}/submit_logs`,
  });
  endpoint = added.endpoint.id;
  writeFileSync(place.config, added.configuration, { mode: 0o600 });
  spool = join(place.data, 'agent-spool');
  mkdirSync(spool);
  appendFileSync(place.config, `spool_directory=${spool}\n`);
  agent = startAgent(place.config);
  await connected();
});

after(async () => {
  if (agent?.running()) await agent.stop();
  await picket?.stop();
  if (place) removePlace(place);
});

test('the server is killed in mid-stream: every event the agent saw is stored exactly once', { skip }, async t => {
  let after = recovery(t);
  const opened = await openFiles(join(place.data, 'stream'), 3_000, async done => {
    if (done !== 1_000) return;
    await picket.kill();
    after = recovery(t);
    picket = await startPicket(place, { agent: false });
    api = await logIn(picket.apiUrl, login, password);
    after('the server answers');
  });
  await sent();
  await storedOnce(api, endpoint, opened);
  after('all is stored once');
});

test('the agent is killed with a full spool: what was in the spool is stored exactly once', { skip }, async t => {
  await sent();
  await picket.stop();
  const opened = await openFiles(join(place.data, 'spool'), 2_000);
  // Only what is in the spool outlives a kill; a busy host may keep the agent from the last opens for a while.
  let spooled = 0;
  await until('the agent to have written the opens down', 60, () => {
    spooled = [...spooledStrings(spool)].filter(text => text.startsWith(`${opened.folder}/`)).length;
    return spooled >= opened.count || undefined;
  }).catch(error => {
    throw new Error(`${error.message}; ${spooled} are in the spool`, { cause: error });
  });
  await agent.kill();
  const after = recovery(t);
  agent = startAgent(place.config);
  picket = await startPicket(place, { agent: false });
  api = await logIn(picket.apiUrl, login, password);
  await connected();
  after('the agent is connected');
  await sent();
  await storedOnce(api, endpoint, opened);
  after('all is stored once');
});

/** The agent runs and the server takes what it sends. */
async function connected(): Promise<void> {
  await until(
    'the agent to be connected',
    60,
    async () => (await agent.status()).sending.state === 'connected' || undefined,
  ).catch(error => {
    throw new Error(`${error.message}; its log:\n${agent.output()}`);
  });
}

/** Nothing older than this moment waits in the agent. */
async function sent(): Promise<void> {
  await until('the spool to be sent', 60, async () => (await agent.status()).queue.events < 500 || undefined);
}
