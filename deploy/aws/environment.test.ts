import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drift, type ServiceName, services } from '../check/service-variables.fixture.ts';
import { containersOf, environmentOf } from './task.fixture.ts';

function passed(service: ServiceName): string[] {
  const container = containersOf(service).find(({ Name }) => Name === service)!;
  return [...environmentOf(container), ...(container.Secrets ?? [])].map(({ Name }) => Name);
}

for (const service of services) {
  test(`the template of ${service} passes the variables that it reads, and no others`, () => {
    assert.deepEqual(drift(service, passed(service)), []);
  });
}

test('a variable that a service does not know, and one that is forgotten, are each named', () => {
  assert.deepEqual(drift('analysis', ['PICKET_BUS_URL', 'PICKET_POSTGRES_ADDRESS']), [
    'analysis is passed PICKET_POSTGRES_ADDRESS, which it does not read',
    'analysis is not passed PICKET_POSTGRES_URL, which it needs',
  ]);
});

test('no template holds a password: they come from Secrets Manager', () => {
  for (const service of services) {
    const plain = containersOf(service)
      .flatMap(environmentOf)
      .map(({ Name }) => Name);
    assert.deepEqual(
      plain.filter(name => /PASSWORD|SECRET|KEY/.test(name)),
      [],
      service,
    );
  }
});
