import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { drift, services } from '../check/service-variables.fixture.ts';
import { kubeconform, kustomize, schemas, traefikSchemas } from '../setup/checkers/places.mjs';

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly Container[]; readonly volumes: readonly Volume[] };
    };
    readonly routes?: readonly Route[];
    readonly rateLimit?: { readonly average: number; readonly burst: number };
    readonly buffering?: unknown;
  };
}
interface Route {
  readonly services: readonly { readonly name: string }[];
  readonly middlewares: readonly { readonly name: string }[];
}

function render(folder: string): string {
  const { status, stdout, stderr, error } = spawnSync(kustomize(), ['build', folder], { encoding: 'utf8' });
  if (error) throw error;
  assert.equal(status, 0, stderr);
  return stdout;
}

const base = join(import.meta.dirname, 'base');
let rendered = '';
before(() => {
  rendered = render(base);
});

function podOf(resources: string, service: string) {
  const all = parseAllDocuments(resources).map(document => document.toJS() as Resource);
  const deployment = all.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === service)!;
  const { containers, volumes } = deployment.spec.template.spec;
  const container = containers.find(({ name }) => name === service)!;
  return { container, volumes, variables: container.env.map(({ name }) => name) };
}

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
    const { variables } = podOf(rendered, service);
    assert.deepEqual(drift(service, variables), []);
  });
}

const kafka = ['NODE_EXTRA_CA_CERTS', 'PICKET_KAFKA_CA_FILE'];
const trusting = { ingress: kafka, archive: kafka, analysis: kafka, api: ['NODE_EXTRA_CA_CERTS'], dashboard: [] };

test('with an authority of their own, services that talk to an engine are given its certificate, and Kafka’s too', () => {
  const overlay = mkdtempSync(join(tmpdir(), 'picket-overlay-'));
  try {
    const component = join(import.meta.dirname, 'components/private-ca');
    const places = { resources: [relative(overlay, base)], components: [relative(overlay, component)] };
    writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(places));
    const resources = render(overlay);
    assert.deepEqual(check(resources), { status: 0, report: '' });
    for (const service of services) {
      const { container, volumes, variables } = podOf(resources, service);
      assert.deepEqual(drift(service, variables), []);
      const volume = volumes.find(({ configMap }) => configMap?.name === 'picket-ca');
      const mount = container.volumeMounts.find(({ name }) => name === volume?.name);
      const given = container.env.filter(({ value }) => value !== undefined && value === `${mount?.mountPath}/ca.crt`);
      assert.deepEqual(
        given.map(({ name }) => name),
        trusting[service],
        service,
      );
    }
  } finally {
    rmSync(overlay, { recursive: true });
  }
});
