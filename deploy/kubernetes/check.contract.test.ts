import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { drift, services } from '../check/service-variables.fixture.ts';
import { kubeconform, kustomize, schemas, traefikSchemas } from '../setup/checkers/places.mjs';

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string }[];
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly Container[] } };
    readonly routes?: readonly Route[];
    readonly rateLimit?: { readonly average: number; readonly burst: number };
    readonly buffering?: unknown;
  };
}
interface Route {
  readonly services: readonly { readonly name: string }[];
  readonly middlewares: readonly { readonly name: string }[];
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
  const locations = [schemas(), traefikSchemas()].flatMap(folder => [
    '-schema-location',
    join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json'),
  ]);
  const { status, stdout, stderr, error } = spawnSync(kubeconform(), ['-strict', ...locations], {
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
      .replace('minReplicas: 2', 'minReplicas: two')
      .replace('maxRequestBodyBytes:', 'maxBodyBytes:')
      .replace('burst: 400', 'burst: often'),
  );
  assert.notEqual(status, 0);
  assert.match(report, /readOnlyRoot/);
  assert.match(report, /minReplicas/);
  assert.match(report, /maxBodyBytes/);
  assert.match(report, /burst/);
});

test('the edge limits what Traefik limits elsewhere, on every way to a service', () => {
  const resources = parseAllDocuments(rendered).map(document => document.toJS() as Resource);
  const named = (name: string) =>
    resources.find(each => each.kind === 'Middleware' && each.metadata.name === name)?.spec;
  const elsewhere = readFileSync(join(import.meta.dirname, '../traefik/dynamic/picket.yml'), 'utf8');
  for (const [of, times] of [
    ['api', 4],
    ['ingress', 2],
  ] as const) {
    const rate = new RegExp(`PICKET_EDGE_${of.toUpperCase()}_RATE" [|] default "(\\d+)"`).exec(elsewhere)?.[1];
    const body = new RegExp(`${of}-body:\\s+buffering: [{] maxRequestBodyBytes: (\\d+)`).exec(elsewhere)?.[1];
    const { average, burst } = named(`${of}-rate`)!.rateLimit!;
    assert.deepEqual({ average, burst }, { average: Number(rate), burst: times * Number(rate) });
    assert.match(elsewhere, new RegExp(`burst: [{]{2} mul ${times} [$]${of}Rate`));
    assert.deepEqual(named(`${of}-body`)!.buffering, { maxRequestBodyBytes: Number(body) });
  }
  const routes = resources.filter(({ kind }) => kind === 'IngressRoute').flatMap(({ spec }) => spec.routes ?? []);
  assert.deepEqual(
    routes.map(({ services, middlewares }) => [services[0]?.name, ...middlewares.map(({ name }) => name)].join(' ')),
    [
      ...['ingress headers ingress-rate', 'ingress headers ingress-rate ingress-body'],
      ...['dashboard headers api-rate', 'dashboard headers api-rate api-body'],
    ],
  );
});

for (const service of services) {
  test(`the deployment of ${service} passes the variables that it reads, and no others`, () => {
    const resources = parseAllDocuments(rendered).map(document => document.toJS() as Resource);
    const deployment = resources.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === service);
    const container = deployment?.spec.template.spec.containers.find(({ name }) => name === service);
    assert.deepEqual(drift(service, container?.env.map(({ name }) => name) ?? []), []);
  });
}
