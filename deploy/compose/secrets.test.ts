import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
function make(folder: string, settings = 'env', names = 'localhost'): string {
  const { status, stderr } = run(join(import.meta.dirname, 'secrets.sh'), [names, folder, join(data, settings)]);
  assert.equal(status, 0, stderr);
  return stderr;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  return spawnSync(command, args, { encoding: 'utf8', timeout: 30_000, env });
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

/** Puts a certificate of the same authority in its place that ends tomorrow. */
function letEnd(folder: string): string {
  const at = (name: string) => join(folder, name);
  const request = join(data, 'request');
  const made = ['req', '-new', '-key', at('tls_key'), '-subj', '/CN=localhost', '-out', request];
  const signed = ['x509', '-req', '-in', request, '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-days', '1'];
  rmSync(at('tls_certificate'));
  for (const args of [made, [...signed, '-out', at('tls_certificate')]]) assert.equal(run('openssl', args).status, 0);
  return readFileSync(at('tls_certificate'), 'utf8');
}

test('a certificate of ours that is about to end is made again', () => {
  const folder = mkdtempSync(join(data, 'ending-'));
  make(folder);
  const ending = letEnd(folder);
  assert.equal(make(folder), '');
  assert.notEqual(readFileSync(join(folder, 'tls_certificate'), 'utf8'), ending);
});

/** What the timer of a server in containers does, whose Traefik runs; `docker` is what Docker was asked to do. */
function renew(settings: string) {
  const programs = mkdtempSync(join(data, 'programs-'));
  const asked = join(programs, 'asked');
  const docker = `#!/bin/sh\necho "$@" >>${asked}\ncase " $* " in *" ps "*) echo 0123456789ab ;; esac\n`;
  writeFileSync(join(programs, 'docker'), docker, { mode: 0o755 });
  const { status, stderr } = run(join(import.meta.dirname, 'renew.sh'), [settings], {
    ...process.env,
    PATH: `${programs}:${process.env['PATH']}`,
  });
  return { status, stderr, docker: existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [] };
}

test('a certificate about to end is renewed by its authority for all its names, and Traefik takes it', () => {
  const folder = mkdtempSync(join(data, 'renewed-'));
  make(folder, 'renewed.env', 'localhost,picket.example,127.0.0.1');
  const authority = readFileSync(join(folder, 'ca.crt'), 'utf8');
  const ending = letEnd(folder);
  const settings = join(data, 'renewed.env');
  const { status, stderr, docker } = renew(settings);
  assert.deepEqual([status, stderr], [0, '']);
  const text = readFileSync(join(folder, 'tls_certificate'), 'utf8');
  assert.notEqual(text, ending);
  const renewed = new X509Certificate(text);
  assert.equal(readFileSync(join(folder, 'ca.crt'), 'utf8'), authority);
  assert.ok(renewed.verify(new X509Certificate(authority).publicKey));
  assert.equal(renewed.subjectAltName, 'DNS:localhost, DNS:picket.example, IP Address:127.0.0.1');
  assert.ok(renewed.validToDate.getTime() > Date.now() + 390 * 86_400_000, renewed.validTo);
  assert.equal(docker.at(-1), `compose --env-file ${settings} restart traefik`);
});

test('a certificate that lasts is left alone, and Traefik too', () => {
  const folder = mkdtempSync(join(data, 'lasting-'));
  make(folder, 'lasting.env');
  const lasting = readFileSync(join(folder, 'tls_certificate'), 'utf8');
  assert.deepEqual(renew(join(data, 'lasting.env')), { status: 0, stderr: '', docker: [] });
  assert.equal(readFileSync(join(folder, 'tls_certificate'), 'utf8'), lasting);
});

test('a certificate of the operator that is about to end is left alone, and the timer fails', () => {
  const { folder, files } = operators(10);
  const before = files();
  make(folder, 'operators.env');
  const { status, stderr, docker } = renew(join(data, 'operators.env'));
  assert.equal(status, 1);
  assert.match(stderr, /tls_certificate is not from here, and nothing renews it: notAfter=/);
  assert.deepEqual(docker, []);
  assert.deepEqual(files(), before);
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
