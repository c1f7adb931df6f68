import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pino from 'pino';
import { firstAdminEmail as email } from '../api/first-start.ts';
import { freePorts } from '../engines/free-port.ts';
import { type Engines, startEngines } from '../engines/start.ts';

let folder: string;
let engines: Engines;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'picket-main-api-'));
  await chmod(folder, 0o711);
  engines = await startEngines({ dataFolder: join(folder, 'engines'), log: pino({ level: 'silent' }) });
});
after(async () => {
  await engines.close();
  await rm(folder, { recursive: true });
});

/** An API in a process of its own. `ready` resolves when it serves or has ended. */
async function begin(port: number, firstPassword: string) {
  const data = join(folder, String(port));
  await mkdir(data);
  const secret = join(folder, `${port}.secret`);
  await writeFile(secret, `${firstPassword}\n`);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'api.ts')], {
    env: {
      ...process.env,
      PICKET_DATA: data,
      PICKET_API_PORT: String(port),
      PICKET_POSTGRES_URL: engines.postgresUrl,
      PICKET_CLICKHOUSE_URL: engines.clickhouse.url,
      PICKET_CLICKHOUSE_USER: engines.clickhouse.user,
      PICKET_CLICKHOUSE_PASSWORD: engines.clickhouse.password,
      PICKET_COMMAND_KEY: Buffer.alloc(32, 9).toString('base64url'),
      PICKET_FIRST_ADMIN_PASSWORD_FILE: secret,
    },
  });
  let said = '';
  const closed = once(child, 'close');
  const ready = new Promise<void>(resolve => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        said += text;
        if (said.includes('"msg":"ready"')) resolve();
      });
    closed.then(() => resolve());
  });
  return {
    ready,
    said: () => said,
    files: () => readdir(data),
    async logIn(password: string): Promise<number> {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      await answer.text();
      return answer.status;
    },
    async end(): Promise<number | null> {
      child.kill();
      const [code] = await closed;
      return code;
    },
  };
}

test('two APIs that start at once with the same first password let its admin in at each, and leave it in no file', async t => {
  const [one, two] = (await freePorts(2)) as [number, number];
  const apis = await Promise.all([begin(one, 'given from outside'), begin(two, 'given from outside')]);
  t.after(() => Promise.all(apis.map(api => api.end())));
  await Promise.all(apis.map(api => api.ready));
  for (const api of apis) {
    assert.equal(await api.logIn('given from outside'), 200, api.said());
    assert.deepEqual(await api.files(), []);
    assert.ok(!api.said().includes('given from outside'));
  }
});

test('a first password that the rules forbid ends the start, and is not repeated', async () => {
  const [port] = (await freePorts(1)) as [number];
  const api = await begin(port, 's3cret');
  await api.ready;
  assert.equal(await api.end(), 78);
  assert.equal(api.said(), 'PICKET_FIRST_ADMIN_PASSWORD=…: must have at least 12 characters, has 6\n');
});
