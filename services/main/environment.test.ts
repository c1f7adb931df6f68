import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentErrors, variables } from './environment.ts';

const errorsOf = (environment: NodeJS.ProcessEnv) => {
  const result = variables.safeParse(environment);
  return result.success ? [] : environmentErrors(result.error, environment);
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

test('a bus that is not there yet is refused with what is there', () => {
  assert.match(
    errorsOf({ ...cluster, PICKET_BUS_URL: 'kafka://broker:9092' }).join(),
    /only the durable log is there yet/,
  );
});

test('a wrong value that may hold a password is not repeated', () => {
  const [error] = errorsOf({ ...cluster, PICKET_POSTGRES_URL: 'mysql://root:secret@db' });
  assert.ok(error !== undefined && !error.includes('secret'), error);
});

test('proxies are named by address or network, and a wrong one is said once', () => {
  const proxies = (list: string) => errorsOf({ ...cluster, PICKET_TRUSTED_PROXIES: list });
  assert.deepEqual(proxies('loopback, 10.0.0.0/8,2001:db8::1'), []);
  const errors = proxies('traefik');
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /^PICKET_TRUSTED_PROXIES=traefik: expected addresses or networks/);
  assert.deepEqual(variables.parse(cluster).PICKET_TRUSTED_PROXIES, ['loopback']);
});
