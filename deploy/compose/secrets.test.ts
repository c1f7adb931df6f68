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

/** What it warned of. */
function make(folder: string, settings = 'env'): string {
  const { status, stderr } = run(join(import.meta.dirname, 'secrets.sh'), ['localhost', folder, join(data, settings)]);
  assert.equal(status, 0, stderr);
  return stderr;
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

/** In a folder of their own: what the operator put in place of ours, ending in so many days. */
function operators(days: number, name = 'localhost') {
  const folder = mkdtempSync(join(data, 'operator-'));
  make(folder);
  const { status, stderr } = run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-subj', '/CN=elsewhere'],
    ...['-addext', `subjectAltName=DNS:${name}`],
    ...['-days', String(days), '-keyout', join(data, 'own.key'), '-out', join(data, 'own.crt')],
  ]);
  assert.equal(status, 0, stderr);
  const put = (from: string, to: string) => {
    rmSync(join(folder, to), { force: true });
    cpSync(join(data, from), join(folder, to));
  };
  put('own.key', 'tls_key');
  put('own.crt', 'tls_certificate');
  return { folder, files: () => ['tls_key', 'tls_certificate'].map(name => readFileSync(join(folder, name), 'utf8')) };
}

test('a certificate of the operator that is about to end is kept with its key, and that it ends is said', () => {
  const { folder, files } = operators(10);
  const before = files();
  assert.match(make(folder), /tls_certificate ends within 30 days, and is not from here/);
  assert.deepEqual(files(), before);
});

test('that agents would refuse the certificate of the operator is said until they are told of no authority', () => {
  const { folder, files } = operators(300);
  const before = files();
  assert.match(make(folder), /^.*ca\.crt, which agents are given, does not vouch for tls_certificate.*\n$/);
  writeFileSync(join(data, 'told'), 'PICKET_CA_FILE=\n');
  assert.equal(make(folder, 'told'), '');
  assert.deepEqual(files(), before);
});

test('that the certificate of the operator is for another name is said', () => {
  const { folder } = operators(300, 'picket.example');
  assert.match(make(folder), /tls_certificate is not for localhost: agents and browsers will refuse it/);
});

test('for another name nothing is left as it was without a word where the key of the authority is kept elsewhere', () => {
  const folder = mkdtempSync(join(data, 'moved-'));
  make(folder);
  rmSync(join(folder, 'ca.key'));
  const { status, stderr } = run(join(import.meta.dirname, 'secrets.sh'), [
    'elsewhere.example',
    folder,
    join(data, 'env'),
  ]);
  assert.notEqual(status, 0);
  assert.match(stderr, /ca\.key is missing, with which the certificate of before was signed/);
});

test('a certificate of ours that is about to end is made again', () => {
  const folder = mkdtempSync(join(data, 'ending-'));
  make(folder);
  const at = (name: string) => join(folder, name);
  const request = ['req', '-new', '-key', at('tls_key'), '-subj', '/CN=localhost', '-out', join(data, 'request')];
  const sign = [
    'x509',
    '-req',
    '-in',
    join(data, 'request'),
    '-CA',
    at('ca.crt'),
    '-CAkey',
    at('ca.key'),
    '-days',
    '1',
  ];
  rmSync(at('tls_certificate'));
  for (const args of [request, [...sign, '-out', at('tls_certificate')]]) assert.equal(run('openssl', args).status, 0);
  const ending = readFileSync(at('tls_certificate'), 'utf8');
  assert.equal(make(folder), '');
  assert.notEqual(readFileSync(at('tls_certificate'), 'utf8'), ending);
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
