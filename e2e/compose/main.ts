/**
 * compose.yaml for real: builds the images, runs the genuine `docker compose up` on podman, and takes a new user's journey through
 * Traefik and TLS with a real browser and a real agent; then containers die. Slow the first time (base images are made
 * here), hence no part of `npm test`.
 *
 *   npm run test:compose
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { sensorSupport } from '@picket/native';
import { freePorts } from '../../bench/measure/free-ports.ts';
import { progress } from '../../deploy/setup/progress.mjs';
import { type AgentProcess, startAgent } from '../harness/agent.ts';
import { type Api, logIn } from '../harness/api.ts';
import { openFiles, storedOnce } from '../harness/opens.ts';
import { until } from '../harness/until.ts';
import { journey } from '../journey/steps.ts';
import { type Bed, makeSecrets, obstacles, openBed, prepare } from './bed.ts';
import { buildImages, tellStandIns } from './images.ts';

if (process.argv.includes('--help')) {
  console.log(
    'npm run test:compose   compose.yaml for real, on podman: a journey through it, then containers die; takes no options',
  );
  process.exit(0);
}
const support = sensorSupport();
const missing = [...obstacles(), ...(support.supported ? [] : [support.reason])];
if (missing.length > 0) {
  console.error(
    `compose.yaml cannot be run on this machine. What is missing:\n${missing.map(each => `  ${each}\n`).join('')}`,
  );
  process.exit(1);
}
tellStandIns();

const project = 'picket-test';
const services = ['kafka', 'clickhouse', 'postgres', 'api', 'archive', 'analysis', 'ingress', 'dashboard', 'traefik'];
/** Ingress and analysis run twice; check-secrets has ended by then. */
const containers = services.length + 2;
const data = mkdtempSync(join(tmpdir(), 'picket-compose-'));
const settings = join(data, 'env');
const secrets = join(data, 'secrets');
const config = join(data, 'monitoringAgent.conf');
const password = 'a long enough first password';
const [http, https, dashboard, ingress] = (await freePorts(4)) as [number, number, number, number];
const url = `https://localhost:${https}`;

let bed: Bed;

before(async () => {
  prepare();
  bed = await openBed(project, {
    PICKET_HTTP_PORT: String(http),
    PICKET_HTTPS_PORT: String(https),
    PICKET_DASHBOARD_PORT: String(dashboard),
    PICKET_INGRESS_PORT: String(ingress),
    PICKET_DASHBOARD_URL: url,
    PICKET_INGRESS_URL: `https://localhost:${ingress}`,
  });
});

after(async () => {
  await bed?.compose(['--env-file', settings, 'down', '--volumes', '--timeout', '20'], { seconds: 180 });
  await bed?.close();
  rmSync(data, { recursive: true, force: true });
});

/** Ends the test with all that was printed unless the command succeeds. */
async function composes(args: readonly string[], seconds = 120, onLine?: (line: string) => void): Promise<string> {
  const { code, output } = await bed.compose(['--env-file', settings, ...args], { seconds, ...(onLine && { onLine }) });
  assert.equal(code, 0, `docker compose ${args.join(' ')}\n${output}`);
  return output;
}

async function up(): Promise<void> {
  const shown = progress(`docker compose up: ${containers} containers`);
  try {
    await composes(['up', '--detach', '--no-build', '--wait', '--wait-timeout', '400'], 500, shown.said);
  } catch (error) {
    shown.failed();
    console.error(await composes(['logs', '--tail', '20']));
    throw error;
  }
  shown.done('all healthy');
}

const allHealthy = async (): Promise<boolean> => {
  const health = await bed.health();
  return health.size === containers && [...health.values()].every(each => each === 'healthy');
};

describe('before the first start', () => {
  test('without secrets it says what to run, and nothing starts', async () => {
    const { code, output } = await bed.compose(['--env-file', '/dev/null', 'up', '--detach'], { seconds: 60 });
    assert.notEqual(code, 0);
    assert.match(output, /PICKET_\w+ is missing a value: run deploy\/compose\/secrets.sh first/);
    assert.equal((await bed.health()).size, 0);
  });

  test('secrets are made once: a second run keeps them', () => {
    const make = () => {
      makeSecrets('localhost,127.0.0.1', secrets, settings);
      return ['postgres_url', 'clickhouse_password', 'dashboard_secret', 'tls_key', 'ca.crt'].map(name =>
        readFileSync(join(secrets, name), 'utf8'),
      );
    };
    assert.deepEqual(make(), make());
    // From here on this process trusts what an operator would be told to trust.
    setDefaultCACertificates([...getCACertificates(), readFileSync(join(secrets, 'ca.crt'), 'utf8')]);
  });

  test('the images are built', async () => {
    await buildImages(bed, settings, ['check-secrets', 'ingress', 'archive', 'analysis', 'api', 'dashboard']);
  });

  test('a secret’s file that is missing is named with what makes it, and nothing else starts', async () => {
    const key = join(secrets, 'tls_key');
    renameSync(key, `${key}.away`);
    const { code } = await bed.compose(['--env-file', settings, 'up', '--detach', '--no-build'], { seconds: 120 });
    assert.notEqual(code, 0);
    assert.equal((await bed.health()).size, 0);
    const said = await composes(['logs', '--no-log-prefix', 'check-secrets']);
    assert.match(said, new RegExp(`${key} is missing\ndeploy/compose/secrets\\.sh, run again`));
    await composes(['down']);
    // What podman made in the file's place is no obstacle.
    makeSecrets('localhost,127.0.0.1', secrets, settings);
    assert.ok(statSync(key).isFile());
  });
});

describe('a new user', () => {
  journey(async () => {
    await up();
    const login = await composes(['exec', '-T', 'api', 'cat', '/var/lib/picket/first-admin']);
    const [email = '', first = ''] = login.trim().split(' ');
    return {
      url,
      ingressUrl: `https://localhost:${ingress}/submit_logs`,
      firstAdmin: { email, password: first },
      data,
      config,
      // As many processes as containers share the machine with the browser and the attack.
      alertSeconds: 25,
      certificate: join(secrets, 'tls_certificate'),
      output: () => login,
      stop: async () => (await bed.compose(['--env-file', settings, 'down', '--timeout', '30'], { seconds: 180 })).code,
      remove: () => undefined,
    };
  });
});

describe('an operator', () => {
  let agent: AgentProcess | undefined;
  let api: Api;
  let endpoint = '';

  after(async () => {
    if (agent?.running()) await agent.stop();
  });

  test('down and up again: what was known is still known', async () => {
    await up();
    await until('every container to be healthy', 60, async () => (await allHealthy()) || undefined);
    agent = startAgent(config);
    // On a busy machine the first question to a store may outlast the API's patience; it answers 503, try again.
    api = await until('a login', 60, () => logIn(url, { email: 'admin@picket.local', password }, password));
    const { items } = await until('the endpoints', 60, () => api.get<{ items: { id: string }[] }>('/endpoints'));
    assert.equal(items.length, 1);
    endpoint = items[0]!.id;
    await until('the agent to be heard again', 60, async () => {
      const { items } = await api.get<{ items: { state: string }[] }>('/endpoints');
      return items[0]?.state === 'alive' || undefined;
    });
  });

  test('no container has root, a capability, a writable root file system or a secret in its environment', async () => {
    const secret = ['postgres_password', 'clickhouse_password', 'dashboard_secret'].map(name =>
      readFileSync(join(secrets, name), 'utf8').trim(),
    );
    for (const name of (await bed.health()).keys()) {
      const [container] = JSON.parse((await bed.podman('inspect', name)).stdout) as [
        {
          Config: { User: string; Env: string[] };
          HostConfig: { ReadonlyRootfs: boolean; SecurityOpt: string[]; Memory: number };
          BoundingCaps: string[] | null;
        },
      ];
      assert.match(container.Config.User, /^(picket|[1-9])/, name);
      assert.equal(container.HostConfig.ReadonlyRootfs, true, name);
      assert.ok(container.HostConfig.SecurityOpt.includes('no-new-privileges'), name);
      assert.deepEqual(container.BoundingCaps ?? [], [], name);
      assert.ok(container.HostConfig.Memory > 0, name);
      assert.ok(!secret.some(value => container.Config.Env.join('\n').includes(value)), name);
    }
  });

  test('events are stored once while a container of each service dies and comes back by its restart policy', async () => {
    const step = 500;
    const opened = await openFiles(join(data, 'opened'), step * services.length, async done => {
      await bed.crash(`${project}-${services[done / step - 1]}-1`);
    });
    await until('every container to be healthy again', 180, async () => (await allHealthy()) || undefined);
    await storedOnce(api, endpoint, opened, 180);
  });
});
