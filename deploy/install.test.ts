import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'picket-install-'));
after(() => rmSync(folder, { recursive: true }));

const run = (script: string, ...args: string[]) =>
  spawnSync('bash', [join(root, script), ...args], { encoding: 'utf8', timeout: 20_000 });

test('install.sh says how it is called, beside whatever else it is asked', () => {
  for (const args of [['--help'], ['agent', '-h'], ['server', '--compose', '--help'], ['--help', '--compose']]) {
    const { status, stdout, stderr } = run('install.sh', ...args);
    assert.deepEqual([status, stderr], [0, ''], args.join(' '));
    assert.match(
      stdout,
      /^ {2}\.\/install\.sh agent --config FILE .*\n.*install\.sh server --compose \[--host NAME\]/s,
    );
  }
});

test('secrets.sh takes an option for no host', () => {
  const secrets = join(folder, 'secrets');
  const { status, stderr } = run('deploy/compose/secrets.sh', '--help', secrets, join(folder, 'env'));
  assert.equal(status, 64);
  assert.match(stderr, /^ *deploy\/compose\/secrets\.sh HOST/m);
  assert.deepEqual(readdirSync(folder), []);
});
