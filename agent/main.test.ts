import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'picket-main-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'agent.conf');
const good = [
  'api=http://127.0.0.1:9/submit_logs',
  `key=${'A'.repeat(43)}`,
  'name=web',
  'id=018f0000-0000-7000-8000-000000000001',
  'buffer_size=1000',
  'batch_size=100',
  `spool_directory=${folder}/spool`,
  '',
].join('\n');
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}
function agent(...args: string[]): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(process.execPath, [main, ...args], (failure, out, error) => {
    resolve({ code: failure ? Number(failure.code) : 0, out, error });
  });
  return promise;
}

test('every command has help, and no command at all is answered with what there is', async () => {
  for (const name of ['run', 'check-config', 'status', 'release', 'version']) {
    const { code, out } = await agent(name, '--help');
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^Usage: picket-agent ${name}`));
  }
  const { code, out } = await agent();
  assert.equal(code, 64);
  assert.match(out, /check-config +say what is wrong/);
});

test('a command or option that is not known is a usage error in one line', async () => {
  for (const args of [['dance'], ['run', '--loud'], ['version', '--json'], ['run', 'now']]) {
    const { code, error } = await agent(...args);
    assert.equal(code, 64, args.join(' '));
    assert.equal(error.trim().split('\n').length, 1);
  }
});

test('check-config says that a file is right, or everything that is wrong with it', async () => {
  writeFileSync(file, good, { mode: 0o600 });
  const right = await agent('check-config', '--config', file);
  assert.equal(right.code, 0, right.error);
  assert.match(right.out, /is right: endpoint web/);
  writeFileSync(file, good.replace('name=', 'name =').replace('=100', '=many'));
  const wrong = await agent('check-config', '--config', file);
  assert.equal(wrong.code, 78);
  assert.equal(wrong.error.trim().split('\n').length, 2, wrong.error);
});

test('run and status end with 78 on a wrong file, before they touch anything', async () => {
  writeFileSync(file, good.replace('key=', 'kee='));
  for (const command of ['run', 'status']) {
    const { code, error } = await agent(command, '--config', file);
    assert.equal(code, 78);
    assert.match(error, /agent\.conf:2: unknown option: "kee"; did you mean key\?/);
  }
});

test('status of an agent that does not run says so', async () => {
  writeFileSync(file, good, { mode: 0o600 });
  const { code, out } = await agent('status', '--config', file);
  assert.equal(code, 3);
  assert.match(out, /not running/);
  assert.equal((await agent('status', '--json', '--config', file)).out.trim(), 'null');
});
