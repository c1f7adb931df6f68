import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { clickhouseServer, parseEnvironment, variables } from './environment.ts';

const errorsOf = (environment: NodeJS.ProcessEnv) => {
  const result = parseEnvironment(variables, environment);
  return 'errors' in result ? result.errors : [];
};
const folder = mkdtempSync(join(tmpdir(), 'picket-environment-'));
after(() => rmSync(folder, { recursive: true }));
const fileWith = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const cluster = {
  PICKET_POSTGRES_URL: 'postgres://picket:secret@db/picket',
  PICKET_CLICKHOUSE_URL: 'http://clickhouse:8123',
  PICKET_BUS_URL: 'log:///var/lib/picket/bus',
};

test('what is needed and given is enough; the rest has defaults', () => {
  assert.deepEqual(errorsOf(cluster), []);
  const settings = variables.parse(cluster);
  assert.equal(settings.PICKET_INGRESS_PORT, 5001);
  assert.equal(settings.PICKET_EVENT_RETENTION_DAYS, 30);
});

test('every wrong variable is named at once', () => {
  const errors = errorsOf({
    ...cluster,
    PICKET_API_PORT: '70000',
    PICKET_LOG_LEVEL: 'loud',
    PICKET_EVENT_RETENTION_DAYS: 'x',
  });
  assert.equal(errors.length, 3);
  for (const [i, name] of [
    'PICKET_LOG_LEVEL=loud',
    'PICKET_API_PORT=70000',
    'PICKET_EVENT_RETENTION_DAYS=x',
  ].entries()) {
    assert.ok(errors[i]?.startsWith(`${name}: `), errors[i]);
  }
});

test('a variable that is missing is said to be missing', () => {
  assert.deepEqual(errorsOf({ ...cluster, PICKET_POSTGRES_URL: undefined }), ['PICKET_POSTGRES_URL is not set']);
});

test('events are kept in Kafka for whole hours, one at least', () => {
  const errors = (hours: string) => errorsOf({ ...cluster, PICKET_KAFKA_RETENTION_HOURS: hours }).length;
  assert.deepEqual(['1', '72', '168'].map(errors), [0, 0, 0]);
  assert.deepEqual(['0', '1.5', '-1', 'a day', ''].map(errors), [1, 1, 1, 1, 1]);
});

test('the bus is a folder or some brokers; anything else is refused with what is expected', () => {
  const errors = (url: string) => errorsOf({ ...cluster, PICKET_BUS_URL: url });
  for (const url of ['kafka://broker:9092', 'kafka://a:9092,b.example:9093', 'log:///bus'])
    assert.deepEqual(errors(url), []);
  for (const url of ['kafka://broker', 'kafka://user:secret@broker:9092', 'log://bus', 'amqp://broker:1']) {
    assert.match(errors(url).join(), /^PICKET_BUS_URL=…: expected log:[/]{3}FOLDER or kafka:/);
  }
});

test('a wrong value that may hold a password is not repeated', () => {
  const [error] = errorsOf({ ...cluster, PICKET_POSTGRES_URL: 'mysql://root:secret@db' });
  assert.ok(error !== undefined && !error.includes('secret'), error);
});

test('a first password is held to the rules of all passwords, and a wrong one is not repeated', () => {
  const first = (password: string) => errorsOf({ ...cluster, PICKET_FIRST_ADMIN_PASSWORD: password });
  assert.deepEqual(first('four words are enough'), []);
  assert.deepEqual(first('s3cret'), ['PICKET_FIRST_ADMIN_PASSWORD=…: must have at least 12 characters, has 6']);
  assert.deepEqual(first('admin@picket.local'), ['PICKET_FIRST_ADMIN_PASSWORD=…: must not be the mail address']);
  const PICKET_FIRST_ADMIN_PASSWORD_FILE = fileWith('first', 's3cret\n');
  assert.deepEqual(errorsOf({ ...cluster, PICKET_FIRST_ADMIN_PASSWORD_FILE }), first('s3cret'));
});

test('proxies are named by address or network, and a wrong one is said once', () => {
  const proxies = (list: string) => errorsOf({ ...cluster, PICKET_TRUSTED_PROXIES: list });
  assert.deepEqual(proxies('loopback, 10.0.0.0/8,2001:db8::1'), []);
  const errors = proxies('traefik');
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /^PICKET_TRUSTED_PROXIES=traefik: expected addresses or networks/);
  assert.deepEqual(variables.parse(cluster).PICKET_TRUSTED_PROXIES, ['loopback']);
});

test('a variable can be given as a file that holds it', () => {
  const { PICKET_POSTGRES_URL, ...others } = cluster;
  const result = parseEnvironment(variables, {
    ...others,
    PICKET_POSTGRES_URL_FILE: fileWith('postgres', `${PICKET_POSTGRES_URL}\n`),
    PICKET_CLICKHOUSE_PASSWORD_FILE: fileWith('clickhouse', ' secret \n'),
  });
  assert.ok('settings' in result);
  assert.equal(result.settings.PICKET_POSTGRES_URL, PICKET_POSTGRES_URL);
  assert.equal(result.settings.PICKET_CLICKHOUSE_PASSWORD, 'secret');
});

test('a file without a name is no file', () => {
  const result = parseEnvironment(variables, { ...cluster, PICKET_CA_FILE: '' });
  assert.ok('settings' in result);
  assert.equal(result.settings.PICKET_CA, undefined);
});

test('a ClickHouse cluster without a name is none', () => {
  const named = (PICKET_CLICKHOUSE_CLUSTER: string) =>
    clickhouseServer(variables.parse({ ...cluster, PICKET_CLICKHOUSE_CLUSTER })).cluster;
  assert.equal(named(''), undefined);
  assert.equal(named('events-1'), 'events-1');
  assert.match(
    errorsOf({ ...cluster, PICKET_CLICKHOUSE_CLUSTER: "x' SYNC" })[0] ?? '',
    /^PICKET_CLICKHOUSE_CLUSTER=x' SYNC: expected/,
  );
});

test('a file that cannot be used is said with its name, once, and its content is not', () => {
  const missing = join(folder, 'missing');
  const empty = fileWith('empty', '\n');
  const wrong = fileWith('wrong', 'mysql://root:secret@db');
  const { PICKET_POSTGRES_URL, ...others } = cluster;
  const errors = (variable: NodeJS.ProcessEnv) => errorsOf({ ...others, ...variable });
  assert.deepEqual(errors({ PICKET_POSTGRES_URL_FILE: missing }), [
    `PICKET_POSTGRES_URL_FILE=${missing}: expected a file that this process can read (ENOENT)`,
  ]);
  assert.deepEqual(errors({ PICKET_POSTGRES_URL_FILE: empty }), [
    `PICKET_POSTGRES_URL_FILE=${empty}: expected a file with the value, and it is empty`,
  ]);
  assert.deepEqual(errors({ PICKET_POSTGRES_URL, PICKET_POSTGRES_URL_FILE: empty }), [
    'PICKET_POSTGRES_URL and PICKET_POSTGRES_URL_FILE are both set: expected one of them',
  ]);
  const [error, ...more] = errors({ PICKET_POSTGRES_URL_FILE: wrong });
  assert.match(error ?? '', /^PICKET_POSTGRES_URL=…: /);
  assert.deepEqual(more, []);
});
