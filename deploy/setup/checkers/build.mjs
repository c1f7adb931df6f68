/** Brings what checks the cloud templates into the cache, as far as it is not there: cfn-lint from PyPI, the others from Go modules. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { wholeFolder } from '../cache.mjs';
import { alone, downloadModule, findGo } from '../traefik/go.mjs';
import { traefikVersion } from '../traefik/version.mjs';
import { cfnLint, kubeconform, kustomize, schemas, traefikSchemas, versions } from './places.mjs';
import { writeCustomSchemas, writeSchemas } from './schemas.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** @param {string} line */
const say = line => process.stdout.write(`${line}\n`);

/**
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} [env]
 */
function run([program = '', ...args], env = process.env) {
  const { status, signal, error } = spawnSync(program, args, { stdio: 'inherit', env });
  if (status === 0) return;
  say(`${program} ${args.join(' ')}: ${error?.message ?? signal ?? `exit code ${status}`}`);
  process.exit(1);
}

setPriority(10);
// A virtual environment knows its own path, so it is made in place; its last file says that it is whole.
if (!existsSync(cfnLint())) {
  const folder = dirname(dirname(cfnLint()));
  say(`installing cfn-lint ${versions.cfnLint}`);
  run(['python3', '-m', 'venv', '--clear', folder]);
  run([join(folder, 'bin/pip'), 'install', '--disable-pip-version-check', '--no-deps', '-r', requirements]);
}

const go = findGo(say);
const work = mkdtempSync(join(tmpdir(), 'picket-checkers-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
/** Modules of their own, so that what is needed once does not stay: Kubernetes alone has 128 MB. */
const env = { ...alone(), GOFLAGS: '-modcacherw -trimpath', GOMODCACHE: join(work, 'modules'), CGO_ENABLED: '0' };

for (const [program, module] of /** @type {const} */ ([
  [kubeconform(), `github.com/yannh/kubeconform/cmd/kubeconform@v${versions.kubeconform}`],
  [kustomize(), `sigs.k8s.io/kustomize/kustomize/v5@v${versions.kustomize}`],
]))
  wholeFolder(dirname(program), folder => {
    say(`building ${module}`);
    run([go, 'install', module], { ...env, GOBIN: folder });
  });

wholeFolder(schemas(), folder => {
  say(`fetching the schemas of Kubernetes ${versions.kubernetes}`);
  run([go, 'mod', 'download', `k8s.io/kubernetes@v${versions.kubernetes}`], env);
  const document = join(env.GOMODCACHE, `k8s.io/kubernetes@v${versions.kubernetes}`, 'api/openapi-spec/swagger.json');
  writeSchemas(JSON.parse(readFileSync(document, 'utf8')), folder);
});

wholeFolder(traefikSchemas(), folder => {
  say(`fetching the schemas of Traefik ${traefikVersion}`);
  // The module that Traefik is built from, too: it is fetched once.
  const module = downloadModule(go, `github.com/traefik/traefik/v3@v${traefikVersion}`);
  const definitions = join(module, 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml');
  const documents = parseAllDocuments(readFileSync(definitions, 'utf8')).map(document => document.toJS());
  writeCustomSchemas(
    documents.filter(document => document?.kind === 'CustomResourceDefinition'),
    folder,
  );
});
