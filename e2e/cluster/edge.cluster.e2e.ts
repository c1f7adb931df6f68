/** The edge in front of a running cluster, and what happens to agents' submissions when an ingress behind it dies. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { sensorSupport } from '@picket/native';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import type { Api } from '../harness/api.ts';
import {
  type ClusterPlace,
  clusterOptions,
  firstAdminEmail,
  newClusterPlace,
  type RunningCluster,
  removeClusterPlace,
  startCluster,
} from '../harness/cluster.ts';
import { openFiles, storedOnce } from '../harness/opens.ts';
import { isRunning } from '../harness/processes.ts';
import { until } from '../harness/until.ts';

const support = sensorSupport();
const password = 'a long enough password';

let place: ClusterPlace;
let cluster: RunningCluster;
let agent: AgentProcess | undefined;
let api: Api;

before(async () => {
  place = await newClusterPlace();
  cluster = await startCluster(place);
  api = await cluster.api(password);
});

after(async () => {
  if (agent?.running()) await agent.stop();
  await cluster?.kill().catch(() => undefined);
  if (place) removeClusterPlace(place);
});

test('http leads to https, at the same path', async () => {
  const { status, headers } = await ask(`http://127.0.0.1:${place.ports.http}/alerts?x=1`);
  assert.equal(status, 301);
  assert.equal(headers['location'], `${cluster.url}/alerts?x=1`);
});

test('dashboard and API are under one host, at both ports, with the headers that protect them', async () => {
  for (const url of [cluster.url, `https://127.0.0.1:${place.ports.dashboard}`]) {
    const page = await ask(`${url}/login`);
    assert.equal(page.status, 200);
    assert.match(String(page.headers['content-security-policy']), /script-src 'nonce-/);
    const document = await ask(`${url}/openapi.json`);
    assert.equal(document.status, 200);
    assert.match(String(document.headers['content-security-policy']), /default-src 'none'/);
    for (const { headers } of [page, document]) {
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['server'], undefined);
    }
  }
});

test('what is for operators is not to be had through the edge', async () => {
  for (const url of [cluster.url, cluster.ingressUrl.replace('/submit_logs', '')]) {
    const { body } = await ask(`${url}/metrics`);
    assert.doesNotMatch(body, /process_cpu_seconds_total/);
    assert.equal((await ask(`${url}/healthz`)).status, 404);
  }
});

test('TLS below 1.2 is refused, 1.2 and 1.3 are spoken', async () => {
  const speak = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
    new Promise<string>(resolve => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: place.ports.ingress,
        minVersion: version,
        maxVersion: version,
        // OpenSSL itself would refuse the old version at its usual level.
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.once('secureConnect', () => resolve(socket.getProtocol() ?? 'none'));
      socket.once('error', error => resolve(error.message));
    });
  assert.equal(await speak('TLSv1.3'), 'TLSv1.3');
  assert.equal(await speak('TLSv1.2'), 'TLSv1.2');
  assert.match(await speak('TLSv1.1'), /protocol version/);
});

test('a body that is too large is refused, whether it says so or not', async () => {
  for (const [url, bytes] of [
    [cluster.ingressUrl, 4 * 2 ** 20 + 1],
    [`${cluster.url}/api/v1/login`, 2 ** 20 + 1],
  ] as const) {
    assert.equal((await ask(url, { method: 'POST', headers: { 'content-length': String(bytes) } })).status, 413);
    assert.equal((await ask(url, { method: 'POST', chunks: new Array(5).fill(Buffer.alloc(2 ** 20)) })).status, 413);
  }
});

test('one address that asks far too often is told to wait', async () => {
  const session = connectHttp2(cluster.url);
  const codes = await Promise.all(
    Array.from({ length: 2_000 }, async () => {
      const stream = session.request({ ':path': '/api/v1/none', authorization: 'Bearer none' });
      stream.on('error', () => undefined).resume();
      return await new Promise<number>(resolve => {
        stream.once('response', headers => resolve(Number(headers[':status'])));
        stream.once('close', () => resolve(0));
      });
    }),
  ).finally(() => session.close());
  assert.ok(codes.includes(429), `answers: ${[...new Set(codes)].join(', ')}`);
  await until('requests to be answered again', 30, async () => {
    return (await ask(`${cluster.url}/openapi.json`)).status === 200 || undefined;
  });
});

test('secrets are for their owner only, and no log holds one', async () => {
  const token = await logInAgain();
  assert.equal((await ask(`${cluster.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  for (const file of ['postgres.password', 'clickhouse.password', 'dashboard.secret', 'edge/ca.key', 'edge/edge.key'])
    assert.equal(statSync(join(place.data, file)).mode & 0o077, 0, file);
  const logs = join(place.data, 'log');
  await until('the access log to have the request', 10, () => {
    return readFileSync(join(logs, 'traefik.log'), 'utf8').includes('/api/v1/me') || undefined;
  });
  const secrets = [token, password, ...['postgres.password', 'dashboard.secret'].map(secret)];
  for (const name of readdirSync(logs)) {
    const text = readFileSync(join(logs, name), 'utf8');
    for (const each of secrets) assert.ok(!text.includes(each), `${name} holds a secret`);
  }
});

test('an ingress that is killed while an agent sends costs nothing: every event is stored once', {
  skip: support.supported ? false : support.reason,
}, async () => {
  const { endpoint, configuration } = await api.post<{ endpoint: { id: string }; configuration: string }>(
    '/endpoints',
    { name: 'killed-ingress' },
  );
  const spool = join(place.data, 'agent-spool');
  mkdirSync(spool);
  writeFileSync(place.config, `${configuration}spool_directory=${spool}\n`, { mode: 0o600 });
  chmodSync(place.config, 0o600);
  agent = startAgent(place.config);
  await until('the agent to be connected', 60, async () => {
    return (await agent!.status()).sending.state === 'connected' || undefined;
  });
  const victims = ['ingress-1', 'ingress-2'] as const;
  let steps = 0;
  const opened = await openFiles(join(place.data, 'opened'), 5_000, async () => {
    if (++steps % 3 !== 0) return;
    const victim = cluster.part(victims[(steps / 3 - 1) % 2]!);
    const pid = await victim.pid();
    await victim.kill();
    await victim.back(pid);
  });
  await storedOnce(api, endpoint.id, opened, 120);
  assert.equal(await agent.stop(), 0);
});

test('a second cluster on the same data is refused, and says who has it', () => {
  const { status, stderr } = spawnSync(process.execPath, ['deploy/cluster/main.ts', ...clusterOptions(place)], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`in use by the server with pid ${cluster.launcher}: stop it, or choose another`));
});

test('a launcher that is killed leaves nothing running, and the next one finds the data', async () => {
  const pids = await cluster.pids();
  assert.equal(pids.length, 11);
  await cluster.kill();
  await until('every part to end', 60, () => pids.every(pid => !isRunning(pid)) || undefined);
  cluster = await startCluster(place);
  assert.equal(cluster.firstAdmin, undefined);
  assert.match(await logInAgain(), /./);
  assert.equal(await cluster.stop(), 0);
  assert.equal(spawnSync('pgrep', ['-af', place.data], { encoding: 'utf8' }).stdout, '');
});

/** Gives a token. */
async function logInAgain(): Promise<string> {
  const { status, body } = await ask(`${cluster.url}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    chunks: [Buffer.from(JSON.stringify({ email: firstAdminEmail, password }))],
  });
  assert.equal(status, 200, body);
  return JSON.parse(body).token;
}

const secret = (file: string): string => readFileSync(join(place.data, file), 'utf8').trim();

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** One request on a connection of its own; `chunks` without a content-length go chunked. */
function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    chunks = [],
  }: { method?: string; headers?: Record<string, string>; chunks?: Buffer[] } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const asked = send(url, { method, headers, agent: false, timeout: 30_000 });
    asked.once('response', async answer => {
      const body = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode, headers: answer.headers, body });
      asked.destroy();
    });
    // A server that refuses early may reset the connection while we still write.
    asked.once('error', reject);
    asked.once('timeout', () => asked.destroy(new Error(`${method} ${url}: no answer in 30 s`)));
    for (const chunk of chunks) asked.write(chunk);
    if (!('content-length' in headers)) asked.end();
    else asked.flushHeaders();
  });
}
