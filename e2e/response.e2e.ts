/**
 * An analyst who may respond does so in a real browser, on a host that a real agent watches: kills a process, looks at a file, isolates
 * the host and releases it. The agent has the rights of its unit, no more. What is isolated is a cgroup of the test's own; this machine
 * keeps its network.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { sensorSupport } from '@picket/native';
import type { Page } from 'playwright-core';
import { type SmallNetwork, smallNetwork, smallNetworkObstacle } from '../agent/response/small-network.fixture.ts';
import { nobody, unitRightsObstacle, withUnitRights } from '../agent/unit-rights.fixture.ts';
import { type Api, logIn } from './harness/api.ts';
import { openBrowser } from './harness/browser.ts';
import { lookAtFile } from './harness/look-at-file.ts';
import { newPlace, type Picket, type Place, removePlace, startPicket } from './harness/picket.ts';
import { until } from './harness/until.ts';

const support = sensorSupport();
const skip = support.supported ? (smallNetworkObstacle() ?? unitRightsObstacle()) : support.reason;
const root = join(import.meta.dirname, '..');
const password = 'a long enough first password';
const other = 8080;

interface Command {
  readonly state: string;
  readonly action: { readonly kind: string };
}

let place: Place;
let picket: Picket;
let api: Api;
let net: SmallNetwork;
let agent: ChildProcess;
let endpoint: string;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;
let victim: ChildProcess | undefined;
const complaints: string[] = [];

before(async () => {
  if (skip) return;
  place = await newPlace();
  picket = await startPicket(place, { agent: false });
  api = await logIn(picket.apiUrl, picket.firstAdmin!, password);
  net = await smallNetwork();
  await net.outside.ask(`listen ${other}`);
  const added = await api.post<{ endpoint: { id: string }; configuration: string }>('/endpoints', {
    name: 'test-host',
    api: `http://127.0.0.1:${place.ports.ingress}/submit_logs`,
  });
  endpoint = added.endpoint.id;
  writeFileSync(place.config, added.configuration, { mode: 0o600 });
  const spool = join(place.data, 'agent-spool');
  mkdirSync(spool);
  chownSync(spool, nobody, nobody);
  chownSync(dirname(net.places.pins), nobody, nobody);
  appendFileSync(place.config, `spool_directory=${spool}\n`);
  agent = startIsolatable();
  await until('the agent to ask for commands', 120, async () => {
    const { response } = await api.get<{ response: unknown }>(`/endpoints/${endpoint}`);
    return response ?? undefined;
  });
  const made = await api.post<{ password: string }>('/users', {
    name: 'Rea',
    email: 'rea@example.org',
    role: 'responder',
  });
  // Its generated password has to be changed, which is the journey's business.
  await logIn(picket.apiUrl, { email: 'rea@example.org', password: made.password }, password);
  browser = await openBrowser();
  page = browser.context.pages()[0] ?? (await browser.context.newPage());
  page.setDefaultTimeout(60_000);
  page.on('pageerror', error => complaints.push(error.message));
  await page.goto(picket.url);
  await page.getByLabel('Mail address').fill('rea@example.org');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
});

after(async () => {
  await browser?.close();
  victim?.kill('SIGKILL');
  if (agent?.exitCode === null) {
    agent.kill('SIGTERM');
    await once(agent, 'exit');
  }
  await net?.close();
  await picket?.stop();
  if (place) removePlace(place);
});

/** The whole agent; a command to isolate takes hold of the small host. */
function startIsolatable(): ChildProcess {
  const { cgroup, pins } = net.places;
  const program = join(root, 'agent/response/agent.fixture.ts');
  const [command, ...args] = withUnitRights();
  return spawn(command, [...args, process.execPath, program, place.config, cgroup, pins], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const reach = () => net.inside.ask(`connect ${net.addresses[0]} ${other}`);

test('the process of an alert is killed from the alert, by keyboard', { skip }, async () => {
  const dropped = join(place.data, 'dropped-tool');
  copyFileSync('/bin/sleep', dropped);
  victim = spawn(dropped, ['600'], { stdio: 'ignore' });
  const ends = once(victim, 'exit');
  const alert = await until('an alert about the running tool', 150, async () => {
    const { items } = await api.get<{ items: { id: string; execId: string }[] }>('/alerts?limit=100');
    return items.find(({ execId }) => execId.split(':')[1] === `${victim?.pid}`);
  });
  await page.goto(`${picket.url}/alerts/${alert.id}`);
  await page.getByRole('button', { name: `Kill process ${victim.pid}` }).waitFor();
  await page.keyboard.press('k');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(dropped).waitFor();
  await dialog.getByRole('button', { name: 'Kill process' }).press('Enter');
  await dialog.getByText('Done').waitFor();
  await dialog.getByText(`(pid ${victim.pid}) was killed`).waitFor();
  assert.deepEqual(await ends, [null, 'SIGKILL']);
});

test('a file of the host is looked at', { skip }, async () => {
  await page.goto(`${picket.url}/endpoints/${endpoint}`);
  await lookAtFile(page, '/etc/passwd');
});

test('a host is isolated for a time, says so, stays so while its agent is killed, and is released', {
  skip,
}, async () => {
  assert.equal(await reach(), 'ok');
  await page.goto(`${picket.url}/endpoints/${endpoint}`);
  await page.getByRole('button', { name: 'Respond', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Isolate host' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Ends by itself').selectOption('60');
  await dialog.getByRole('button', { name: 'Isolate host' }).click();
  await dialog.getByText('Done').waitFor();
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('region', { name: 'Isolation' }).getByText('This host is isolated').waitFor();
  assert.equal(await reach(), 'EPERM');
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  assert.equal(await reach(), 'EPERM');
  agent = startIsolatable();
  await page.getByRole('region', { name: 'Isolation' }).getByRole('button', { name: 'Release' }).click();
  await dialog.getByRole('button', { name: 'Release host' }).click();
  await dialog.getByText('Done').waitFor();
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('region', { name: 'Isolation' }).waitFor({ state: 'detached' });
  assert.equal(await reach(), 'ok');
});

test('each command is in the list with its end, and in the audit log with who gave it', { skip }, async () => {
  const { items } = await api.get<{ items: Command[] }>(`/endpoints/${endpoint}/commands`);
  assert.deepEqual(
    items.map(({ action, state }) => [action.kind, state]),
    [
      ['release', 'done'],
      ['isolate', 'done'],
      ['collect-file', 'done'],
      ['kill-process', 'done'],
    ],
  );
  const log = await api.get<{ items: { action: string; actor: { email: string } | null }[] }>('/audit?action=command.');
  const actors = (action: string) =>
    log.items.filter(entry => entry.action === action).map(({ actor }) => actor?.email);
  assert.deepEqual(
    actors('command.queued'),
    Array.from({ length: 4 }, () => 'rea@example.org'),
  );
  assert.deepEqual(
    actors('command.done'),
    Array.from({ length: 4 }, () => undefined),
  );
  assert.deepEqual(complaints, []);
});
