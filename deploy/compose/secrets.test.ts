import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const data = mkdtempSync(join(tmpdir(), 'picket-secrets-'));
after(() => rmSync(data, { recursive: true, force: true }));
/** What compose.yaml mounts, and which files are new when it was lost: a password of the database comes back from its URL. */
const mounted = {
  'ca.crt': ['ca.crt'],
  clickhouse_password: ['clickhouse_password'],
  command_key: ['command_key'],
  dashboard_secret: ['dashboard_secret'],
  postgres_password: [],
  postgres_url: [],
  tls_certificate: ['tls_certificate', 'tls_key'],
  tls_key: ['tls_certificate', 'tls_key'],
};

function make(folder: string): void {
  const { status, stderr } = run(join(import.meta.dirname, 'secrets.sh'), ['localhost', folder, join(data, 'env')]);
  assert.equal(status, 0, stderr);
}

function run(command: string, args: readonly string[]) {
  return spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
}

/** What check-secrets says of a copy of the mounted files in which `change` was made; undefined where all is well. */
function checked(change: (folder: string) => void): string | undefined {
  const folder = mkdtempSync(join(data, 'mounted-'));
  for (const name of Object.keys(mounted)) cpSync(join(made, name), join(folder, name));
  change(folder);
  const script = join(import.meta.dirname, 'check-secrets.mjs');
  const { status, stdout } = run(process.execPath, [script, folder, '/etc/picket/secrets']);
  return status === 0 ? undefined : stdout;
}

const made = join(data, 'made');
make(made);
const read = (name: string) => readFileSync(join(made, name), 'utf8');
const before = new Map(readdirSync(made).map(name => [name, read(name)]));

for (const [name, renewed] of Object.entries(mounted))
  test(`${name}, lost, is made again so that the rest still fits, and nothing else changes`, () => {
    rmSync(join(made, name));
    // As podman leaves it that was to mount it.
    mkdirSync(join(made, name));
    make(made);
    const again = readdirSync(made).filter(each => read(each) !== before.get(each));
    assert.deepEqual(again.sort(), renewed);
    assert.ok(read('postgres_url').includes(`:${read('postgres_password').trim()}@`));
    const certificate = new X509Certificate(read('tls_certificate'));
    assert.ok(certificate.verify(new X509Certificate(read('ca.crt')).publicKey));
    for (const each of readdirSync(made)) before.set(each, read(each));
  });

test('secrets that are all there let everything start', () => {
  assert.equal(
    checked(() => undefined),
    undefined,
  );
});

test('a secret that is missing or empty is named as the host does, with what to run', () => {
  const said = checked(folder => {
    rmSync(join(folder, 'tls_key'));
    mkdirSync(join(folder, 'tls_key'));
    rmSync(join(folder, 'postgres_url'));
    writeFileSync(join(folder, 'postgres_url'), '');
  });
  assert.deepEqual(said?.trim().split('\n'), [
    '/etc/picket/secrets/postgres_url is empty',
    '/etc/picket/secrets/tls_key is missing',
    'deploy/compose/secrets.sh, run again with the same HOST, makes what is missing and keeps the rest.',
  ]);
});
