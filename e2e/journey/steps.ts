/** A new user's first hour, in a real browser, with real kernel programs and real attacks; wherever the server runs. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sensorSupport } from '@picket/native';
import type { Page } from 'playwright-core';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { openBrowser } from '../harness/browser.ts';
import { lookAtFile } from '../harness/look-at-file.ts';
import { until } from '../harness/until.ts';

const password = 'a long enough first password';
const patience = { timeout: 30_000 };
/** No fault of a page: the answer to a wrong password, and an interface of this machine that another test made or took away. */
const expected = /status of 401|net::ERR_NETWORK_CHANGED/;

/** The server under test, and what the journey has to know of it. */
export interface Destination {
  /** The dashboard's address. */
  readonly url: string;
  /** Where agents submit. */
  readonly ingressUrl: string;
  readonly firstAdmin: { readonly email: string; readonly password: string } | undefined;
  /** Folder for what belongs to this test, and path of the agent's configuration. */
  readonly data: string;
  readonly config: string;
  /** How soon an attack has to be on the screen, seconds. */
  readonly alertSeconds: number;
  /** A file in PEM, where the browser is to take this certificate for good though no authority that it knows signed it. */
  readonly certificate?: string;
  output(): string;
  /** Ctrl-C; the exit code. */
  stop(): Promise<number | null>;
  /** Takes away what it left on the disk. */
  remove(): void;
}

/** Defines the journey's tests; `start` is called once, and where this host cannot be watched not at all. */
export function journey(start: () => Promise<Destination>): void {
  const support = sensorSupport();
  const skip = support.supported ? false : support.reason;
  let picket: Destination;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let agent: AgentProcess | undefined;
  const complaints: string[] = [];

  before(async () => {
    if (skip) return;
    picket = await start();
    browser = await openBrowser(picket.certificate);
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.setDefaultTimeout(patience.timeout);
    page.on('pageerror', error => complaints.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text());
    });
  });

  after(async () => {
    await browser?.close();
    if (agent?.running()) await agent.stop();
    await picket?.stop();
    picket?.remove();
  });

  test('before the login page’s program has loaded, a password goes nowhere', { skip }, async () => {
    const bare = await browser.context.newPage();
    const asked: string[] = [];
    try {
      await bare.route('**/*.js', route => route.abort());
      await bare.goto(`${picket.url}/login`);
      await bare.getByLabel('Mail address').fill('someone@picket.example');
      await bare.getByRole('textbox', { name: 'Password' }).fill(password);
      bare.on('request', request => asked.push(`${request.method()} ${request.url()}`));
      await bare.getByRole('textbox', { name: 'Password' }).press('Enter');
      assert.equal(await bare.getByRole('button', { name: 'Log in' }).isDisabled(), true);
      assert.equal(bare.url(), `${picket.url}/login`);
      assert.deepEqual(asked, []);
    } finally {
      await bare.close();
    }
  });

  test('the first login asks for a password of one’s own', { skip }, async () => {
    assert.ok(picket.firstAdmin, `the first start prints a login:\n${picket.output()}`);
    await page.goto(picket.url);
    await page.waitForURL(/\/login/, patience);
    await page.getByLabel('Mail address').fill(picket.firstAdmin.email);
    await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'do not match' }).waitFor();
    await page.getByRole('textbox', { name: 'Password' }).fill(picket.firstAdmin.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(/\/password/, patience);
    await page.getByLabel('Current password').fill(picket.firstAdmin.password);
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password again').fill(password);
    await page.getByRole('button', { name: 'Set password and go on' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  });

  test('an endpoint is added, its file downloaded, and the agent run with it arrives', { skip }, async () => {
    await page.goto(`${picket.url}/endpoints`);
    await page.getByRole('button', { name: 'Add endpoint' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('test-host');
    await dialog.getByLabel('Server address').fill(picket.ingressUrl);
    await dialog.getByRole('button', { name: 'Add endpoint' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download monitoringAgent.conf' }).click(),
    ]);
    await download.saveAs(picket.config);
    chmodSync(picket.config, 0o600);
    assert.ok(statSync(picket.config).size > 0);
    const spool = join(picket.data, 'agent-spool');
    mkdirSync(spool);
    appendFileSync(picket.config, `spool_directory=${spool}\n`);
    agent = startAgent(picket.config);
    await page.getByText('test-host has arrived').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('table', { name: 'Endpoints' }).getByText('Alive').waitFor();
  });

  test('the server asks the agent about a file of the host, and gets an answer', { skip }, async () => {
    await page.goto(`${picket.url}/endpoints`);
    await page.getByRole('table', { name: 'Endpoints' }).getByRole('link', { name: 'test-host' }).click();
    await lookAtFile(page, '/etc/passwd');
  });

  test('an attack is an alert on the open screen, soon', { skip }, async () => {
    await page.goto(`${picket.url}/alerts`);
    await page.getByRole('region', { name: 'Alert queue' }).waitFor();
    const started = performance.now();
    await simulate('reverse shell');
    const ended = performance.now();
    const shown = page
      .getByRole('table', { name: 'Alerts' })
      .getByText('Shell with its input and output on a network connection');
    const announced = page.getByRole('button', { name: /new alert/ });
    await shown.or(announced).first().waitFor();
    const millis = performance.now() - ended;
    assert.ok(
      millis < picket.alertSeconds * 1_000,
      `shown ${Math.round(millis)} ms after the attack, which took ${Math.round(ended - started)} ms`,
    );
  });

  test('the alert says why, and is closed with a verdict', { skip }, async () => {
    await page.goto(`${picket.url}/alerts`);
    await page
      .getByRole('region', { name: 'Alert queue' })
      .getByRole('link')
      .filter({ hasText: /shell/i })
      .first()
      .click();
    await page.waitForURL(/\/alerts\/[0-9a-f-]{36}/, patience);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('tree', { name: /ancestry/ }).waitFor();
    await page.getByRole('button', { name: 'Close with a verdict' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Benign' }).check();
    await dialog.getByLabel(/Comment/).fill('It was me: npm run simulate.');
    await dialog.getByRole('button', { name: 'Close alert' }).click();
    await page.getByRole('button', { name: 'Reopen' }).waitFor();
    await page.getByText('It was me: npm run simulate.').first().waitFor();
  });

  test('events arrive live, and programs are being learned', { skip }, async () => {
    await page.goto(`${picket.url}/events`);
    const rows = page.getByRole('table').getByRole('row');
    await until('events on the live page', 15, async () => (await rows.count()) > 3 || undefined);
    await page.goto(`${picket.url}/baselines`);
    await until('programs with a baseline', 30, async () => {
      await page.reload();
      await page.getByRole('table').first().waitFor();
      return (await rows.count()) > 1 || undefined;
    });
  });

  test('what is stored before the live stream opens is on the page too', { skip }, async () => {
    const events = `${picket.url}/events?search=while-opening`;
    const opened = Promise.withResolvers<void>();
    const watching = await browser.context.newPage();
    await watching.goto(events);
    await watching.getByText('Live, newest first.').waitFor();
    await page.route(/live\/events/, async route => {
      await opened.promise;
      await route.continue();
    });
    await page.goto(events);
    await page.getByText('No event matches').waitFor();
    appendFileSync(join(picket.data, 'while-opening'), '');
    // From here on nobody is told of it by the stream any more.
    await watching.getByRole('table').getByText('while-opening').first().waitFor(patience);
    opened.resolve();
    await page.getByRole('table').getByText('while-opening').first().waitFor({ timeout: 10_000 });
    await page.unrouteAll({ behavior: 'wait' });
    await watching.close();
  });

  test('what came while the live page was paused is all there when it goes on, however much it was', {
    skip,
  }, async () => {
    const folder = join(picket.data, 'while-paused');
    const names = Array.from({ length: 1_200 }, (_, i) => `one-${i}-of-many`);
    mkdirSync(folder);
    await page.goto(`${picket.url}/events?search=while-paused`);
    // What is stored before the stream is open is not counted as new.
    await page.getByText('Live, newest first.').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    for (const name of names) appendFileSync(join(folder, name), '');
    await page.getByRole('button', { name: /^Go on \([\d,]+ new events\)$/ }).click();
    const missing = new Set(names);
    const table = page.getByRole('table');
    await page.mouse.move(700, 500);
    await until('each of the files on the page', 60, async () => {
      await page.mouse.wheel(0, -1_000_000);
      let text = '';
      for (let still = 0; still < 10; await delay(50)) {
        const now = (await table.textContent())!;
        for (const [name] of now.matchAll(/one-\d+-of-many/g)) missing.delete(name);
        still = now === text ? still + 1 : 0;
        if (still === 0) await page.mouse.wheel(0, 500);
        text = now;
      }
      assert.equal(missing.size, 0, `missing: ${[...missing].slice(0, 5).join(', ')} …`);
      return true;
    });
  });

  test('no page complained in the browser’s console', { skip }, () => {
    assert.deepEqual(complaints, []);
  });

  test('Ctrl-C ends everything in order and leaves nothing running', { skip }, async () => {
    assert.equal(await agent?.stop(), 0);
    assert.equal(await picket.stop(), 0);
    const { stdout } = await run('pgrep', ['-af', picket.data]);
    assert.equal(stdout, '');
  });
}

async function simulate(scenario: string): Promise<void> {
  const { code, stdout } = await run(process.execPath, ['e2e/simulate/main.ts', '--only', scenario]);
  assert.equal(code, 0, stdout);
}

function run(command: string, args: string[]): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', text => (stdout += text));
    child.once('error', reject);
    child.once('close', code => resolve({ code, stdout }));
  });
}
