import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { drift, type ServiceName, services } from '../check/service-variables.fixture.ts';

interface Container {
  readonly Name: string;
  readonly Environment?: readonly { readonly Name: string }[];
  readonly Secrets?: readonly { readonly Name: string }[];
}

/** CloudFormation's functions are tags; what they give does not matter here. */
const readTemplate = (text: string) => parse(text, { logLevel: 'error' });

function passed(service: ServiceName): string[] {
  const template = readTemplate(readFileSync(join(import.meta.dirname, `${service}.yaml`), 'utf8'));
  const containers: readonly Container[] = template.Resources.Task.Properties.ContainerDefinitions;
  const container = containers.find(({ Name }) => Name === service);
  return [...(container?.Environment ?? []), ...(container?.Secrets ?? [])].map(({ Name }) => Name);
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
    const template = readTemplate(readFileSync(join(import.meta.dirname, `${service}.yaml`), 'utf8'));
    const containers: readonly Container[] = template.Resources.Task.Properties.ContainerDefinitions;
    const plain = containers.flatMap(({ Environment }) => Environment ?? []).map(({ Name }) => Name);
    assert.deepEqual(
      plain.filter(name => /PASSWORD|SECRET|KEY/.test(name)),
      [],
      service,
    );
  }
});
