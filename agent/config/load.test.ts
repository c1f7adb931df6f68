import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { describeErrors, loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-config-'));
after(() => rmSync(folder, { recursive: true }));

const good = `api=https://server.example:5001/submit_logs
key=${'A'.repeat(43)}
name=web
id=018f0000-0000-7000-8000-000000000001
buffer_size=1000
batch_size=100
`;

function load(text: string, mode = 0o600) {
  const file = join(folder, 'agent.conf');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return { file, loaded: loadConfig(file) };
}

test('a file that only its owner can read is loaded without a warning', () => {
  const { loaded } = load(good);
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.warnings, []);
});

test('a file that others can read is loaded, with the command that closes it', () => {
  const { file, loaded } = load(good, 0o644);
  assert.ok(loaded.ok);
  assert.match(loaded.warnings[0]!, new RegExp(`mode 0644.*chmod 600 ${file}`));
});

test('a 10 MB file is refused by its size', () => {
  const { loaded } = load('#'.repeat(10_000_000));
  assert.ok(!loaded.ok);
  assert.deepEqual(loaded.errors, [
    { line: 0, message: 'a file of at most 65536 bytes expected, 10000000 bytes found' },
  ]);
});

test('what is no file, or not there, is one clear error', () => {
  for (const [path, message] of [
    [folder, /a regular file expected/],
    ['/dev/zero', /a regular file expected/],
    [join(folder, 'none'), /no such file; add this endpoint in the dashboard/],
  ] as const) {
    const loaded = loadConfig(path);
    assert.ok(!loaded.ok);
    assert.match(loaded.errors[0]!.message, message);
  }
});

test('a ca that holds no certificate is an error on its line, beside the others', () => {
  const { file, loaded } = load(`${good.replace('name=web', 'nam=web')}ca=/etc/hostname\n`);
  assert.ok(!loaded.ok);
  const lines = describeErrors(file, loaded.errors);
  assert.ok(lines.some(line => line.startsWith(`${file}:3: unknown option: "nam"; did you mean name?`)));
  assert.ok(lines.some(line => line.startsWith(`${file}:7: ca: /etc/hostname: certificates in PEM expected`)));
});
