import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { checkDirections } from './directions.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A tree of our rooms with just these files. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'picket-directions-'));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const thing = 'export const thing = 1;\n';
const use = (path: string) => `import { thing } from '${path}';\nexport const used = thing;\n`;

const wrong: [what: string, from: string, to: string][] = [
  ['the domain an adapter', 'services/domain/a.ts', 'services/adapters/b.ts'],
  ['a port a service', 'services/ports/a.ts', 'services/ingress/b.ts'],
  ['one service another', 'services/archive/a.ts', 'services/analysis/b.ts'],
  ['a service an adapter', 'services/api/a.ts', 'services/adapters/b.ts'],
  ['an adapter an engine', 'services/adapters/a.ts', 'services/engines/b.ts'],
  ['the sensor the agent', 'native/a.ts', 'agent/b.ts'],
  ['the agent a service', 'agent/a.ts', 'services/domain/b.ts'],
  ['the dashboard a service', 'dashboard/a.ts', 'services/api/b.ts'],
];

for (const [what, from, to] of wrong) {
  test(`${what} must not import`, async () => {
    const up = '../'.repeat(from.split('/').length - 1);
    const { violations } = await checkDirections(tree({ [from]: use(`${up}${to}`), [to]: thing }));
    assert.equal(violations.length, 1);
    assert.match(violations[0] ?? '', new RegExp(`^${from} -> ${to}`));
  });
}

test('a type is an import like any other', async () => {
  const { violations } = await checkDirections(
    tree({
      'services/domain/a.ts': "import type { B } from '../adapters/b.ts';\nexport type A = B;\n",
      'services/adapters/b.ts': 'export type B = 1;\n',
    }),
  );
  assert.equal(violations.length, 1);
});

test('the domain must not read files', async () => {
  const { violations } = await checkDirections(
    tree({ 'services/domain/a.ts': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n" }),
  );
  assert.match(violations.join(), /does no I\/O/);
});

test('an import that leads nowhere is named', async () => {
  const { violations } = await checkDirections(tree({ 'agent/a.ts': use('./gone.ts') }));
  assert.match(violations.join(), /an import leads somewhere/);
});

test('a room that nobody has given a direction is named', async () => {
  const { violations } = await checkDirections(tree({ 'services/helpers/a.ts': thing }));
  assert.match(violations.join(), /services\/helpers/);
});

test('imports in the right direction pass, and every file is seen', async () => {
  const { modules, violations } = await checkDirections(
    tree({
      'services/domain/a.ts': thing,
      'services/ports/b.ts': use('../domain/a.ts'),
      'services/api/c.ts': use('../ports/b.ts').replace('thing', 'used as thing'),
      'services/main/d.ts': use('../api/c.ts').replace('thing', 'used as thing'),
      'services/api/c.test.ts': use('../adapters/e.ts'),
      'services/adapters/e.ts': thing,
    }),
  );
  assert.deepEqual(violations, []);
  assert.equal(modules, 6);
});

test('the project itself is really looked at', async () => {
  const { modules } = await checkDirections(join(import.meta.dirname, '../..'));
  assert.ok(modules > 60, `only ${modules} modules were seen`);
});
