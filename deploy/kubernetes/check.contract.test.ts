import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { drift, services } from '../check/service-variables.fixture.ts';
import { kubeconform, kustomize, schemas } from '../setup/checkers/places.mjs';

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string }[];
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

let rendered = '';
before(() => {
  const { status, stdout, stderr, error } = spawnSync(kustomize(), ['build', join(import.meta.dirname, 'base')], {
    encoding: 'utf8',
  });
  if (error) throw error;
  assert.equal(status, 0, stderr);
  rendered = stdout;
});

function check(resources: string): { readonly status: number | null; readonly report: string } {
  const location = join(schemas(), '{{ .ResourceKind }}{{ .KindSuffix }}.json');
  const { status, stdout, stderr, error } = spawnSync(kubeconform(), ['-strict', '-schema-location', location], {
    input: resources,
    encoding: 'utf8',
  });
  if (error) throw error;
  return { status, report: stdout + stderr };
}

test('kubeconform has nothing to say about what the base renders to', () => {
  assert.deepEqual(check(rendered), { status: 0, report: '' });
});

test('a field that Kubernetes does not know and a value of the wrong type are refused', () => {
  const { status, report } = check(
    rendered
      .replace('readOnlyRootFilesystem: true', 'readOnlyRoot: true')
      .replace('minReplicas: 2', 'minReplicas: two'),
  );
  assert.notEqual(status, 0);
  assert.match(report, /readOnlyRoot/);
  assert.match(report, /minReplicas/);
});

for (const service of services) {
  test(`the deployment of ${service} passes the variables that it reads, and no others`, () => {
    const resources = parseAllDocuments(rendered).map(document => document.toJS() as Resource);
    const deployment = resources.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === service);
    const container = deployment?.spec.template.spec.containers.find(({ name }) => name === service);
    assert.deepEqual(drift(service, container?.env.map(({ name }) => name) ?? []), []);
  });
}
