import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cfnLint } from '../setup/checkers/places.mjs';

const templates = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.yaml'))
  .map(file => join(import.meta.dirname, file));
const folder = mkdtempSync(join(tmpdir(), 'picket-cfn-lint-'));
after(() => rmSync(folder, { recursive: true }));

/** W3002: TemplateURL is a file beside the template until `aws cloudformation package` has uploaded it. */
function lint(files: readonly string[]): { readonly status: number | null; readonly report: string } {
  const { status, stdout, stderr, error } = spawnSync(
    cfnLint(),
    ['--ignore-checks', 'W3002', '--format', 'parseable', '--', ...files],
    { encoding: 'utf8' },
  );
  if (error) throw error;
  return { status, report: stdout + stderr };
}

test('cfn-lint has nothing to say about the templates', () => {
  assert.ok(templates.length > 10, `only ${templates.length} templates were found`);
  const { status, report } = lint(templates);
  assert.equal(report, '');
  assert.equal(status, 0);
});

test('a template with a wrong property, a reference that leads nowhere and a value out of bounds is refused', () => {
  const wrong = join(folder, 'bus.yaml');
  const text = readFileSync(join(import.meta.dirname, 'bus.yaml'), 'utf8')
    .replace('NumberOfBrokerNodes: 3', 'NumberOfBrokers: 3')
    .replace('KmsKeyId: !Ref Key', 'KmsKeyId: !Ref Kye')
    .replace('RetentionInDays: 30', 'RetentionInDays: 31');
  writeFileSync(wrong, text);
  const { status, report } = lint([wrong]);
  assert.notEqual(status, 0);
  for (const fault of ['NumberOfBrokers', 'Kye', '31']) assert.match(report, new RegExp(`'?${fault}`), report);
});
