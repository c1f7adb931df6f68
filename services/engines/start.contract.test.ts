import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClient } from '@clickhouse/client';
import pg from 'pg';
import pino from 'pino';
import { identify } from './process-identity.ts';
import { type EngineName, type Engines, startEngines } from './start.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-engines-'));
after(() => rmSync(folder, { recursive: true }));
const log = pino({ level: 'silent' });

async function sql(engines: Engines, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: engines.postgresUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function clickhouse(engines: Engines, text: string): Promise<string> {
  const { url, user, password } = engines.clickhouse;
  const response = await fetch(url, {
    method: 'POST',
    body: text,
    headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': password },
  });
  const answer = await response.text();
  assert.equal(response.status, 200, answer);
  return answer.trim();
}

async function kill(engines: Engines, name: EngineName): Promise<void> {
  const up = once(engines.events, 'up', { signal: AbortSignal.timeout(60_000) });
  process.kill(engines.pids()[name]!, 'SIGKILL');
  assert.equal((await up)[0], name);
}

test('both engines start over an empty folder, answer, and are gone when they are closed', async () => {
  const engines = await startEngines({ dataFolder: folder, log });
  await sql(engines, 'CREATE TABLE kept (n int)');
  await clickhouse(engines, 'CREATE TABLE kept (n Int32) ENGINE = MergeTree ORDER BY n');
  const pids = Object.values(engines.pids());
  await engines.close();
  assert.deepEqual(
    pids.map(pid => identify(pid!)),
    [undefined, undefined],
  );
});

test('an engine that is killed serves again at the same address, with what it held', async () => {
  const engines = await startEngines({ dataFolder: folder, log });
  try {
    await sql(engines, 'INSERT INTO kept VALUES (1)');
    await clickhouse(engines, 'INSERT INTO kept SELECT 1');
    await kill(engines, 'postgres');
    await kill(engines, 'clickhouse');
    assert.deepEqual(await sql(engines, 'SELECT n FROM kept'), [{ n: 1 }]);
    assert.equal(await clickhouse(engines, 'SELECT n FROM kept'), '1');
    await kill(engines, 'clickhouse');
    await clickhouse(engines, 'INSERT INTO kept SELECT 2');
    assert.equal(await clickhouse(engines, 'SELECT count() FROM kept'), '2');
  } finally {
    await engines.close();
  }
});

test('a second server is refused the folder, and told who has it', async () => {
  const engines = await startEngines({ dataFolder: folder, log });
  try {
    await assert.rejects(
      startEngines({ dataFolder: folder, log }),
      new RegExp(`in use by the server with pid ${process.pid}`),
    );
  } finally {
    await engines.close();
  }
});

test('after the server was killed the next one ends what it left behind, and finds the data', async () => {
  const program = fileURLToPath(import.meta.resolve('./start.kill.ts'));
  const server = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: server.stdout }), 'line', {
    signal: AbortSignal.timeout(60_000),
  });
  const { pids } = JSON.parse(line);
  server.kill('SIGKILL');
  await once(server, 'exit');
  assert.ok(identify(pids.postgres), 'PostgreSQL outlives its server');

  const engines = await startEngines({ dataFolder: folder, log });
  try {
    assert.equal(identify(pids.postgres), undefined);
    assert.equal(identify(pids.clickhouse), undefined);
    assert.deepEqual(await sql(engines, 'SELECT n FROM kept'), [{ n: 1 }]);
    assert.equal(await clickhouse(engines, 'SELECT count() FROM kept'), '2');
  } finally {
    await engines.close();
  }
});

test('passwords are readable by their owner only, and neither engine answers without', async () => {
  const engines = await startEngines({ dataFolder: folder, log });
  try {
    for (const file of readdirSync(folder).filter(name => name.endsWith('.password'))) {
      assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
    }
    const stranger = new pg.Client({ connectionString: engines.postgresUrl.replace(/:[^:@]*@/, ':guess@') });
    await assert.rejects(stranger.connect(), /password authentication failed/);
    const client = createClient({
      url: engines.clickhouse.url,
      username: 'picket',
      password: 'guess',
      log: { level: 127 },
    });
    await assert.rejects(client.query({ query: 'SELECT 1' }), { code: '516', type: 'AUTHENTICATION_FAILED' });
    await client.close();
  } finally {
    await engines.close();
  }
});
