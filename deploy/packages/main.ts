/** npm run package: the agent's .deb and .rpm, built from this clone by nfpm from one description (nfpm.yaml). */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nfpmProgram } from '../setup/nfpm.mjs';
import { neededVersions } from './needs.ts';
import { copyTree } from './tree.ts';

const root = join(import.meta.dirname, '../..');
const formats = ['deb', 'rpm'];
const usage = `npm run package -- [options]

Builds the agent's packages for this machine's architecture from this clone: everything that a host needs, Node.js among it. They run on
systems whose C library is as new as this one's (a build on Debian 12: Debian 12 and Fedora 36, or newer).

  --output DIR      where they are put (default dist)
  --format FORMAT   deb or rpm; may be given twice (default both)
  --release N       which build of this version it is; a higher one upgrades a lower one (default 1)
  --help            this text
`;

process.exitCode = build();

function build(): number {
  let values: { output: string; format: string[]; release: string; help: boolean };
  try {
    ({ values } = parseArgs({
      options: {
        output: { type: 'string', default: join(root, 'dist') },
        format: { type: 'string', multiple: true, default: formats },
        release: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return wrong((error as Error).message);
  }
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const unknown = values.format.find(format => !formats.includes(format));
  if (unknown !== undefined) return wrong(`--format ${unknown}: deb or rpm was expected`);
  if (!/^[1-9]\d{0,8}$/.test(values.release))
    return wrong(`--release ${values.release}: a number from 1 on was expected`);

  const output = resolve(values.output);
  mkdirSync(output, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'picket-package-'));
  try {
    const tree = join(work, 'tree');
    copyTree(tree, ['agent', 'native', 'proto']);
    // install.sh keeps off what the package manager keeps.
    writeFileSync(join(tree, '.packaged'), '');
    const needs = neededVersions(
      [
        'node_modules/node/bin/node',
        'native/build/Release/picket_sensor.node',
        'native/build/Release/picket_witness',
      ].map(path => join(tree, path)),
    );
    const env = {
      ...process.env,
      PICKET_TREE: tree,
      PICKET_VERSION: JSON.parse(readFileSync(join(root, 'agent/package.json'), 'utf8')).version,
      PICKET_RELEASE: values.release,
      PICKET_GLIBC: needs.glibc,
      PICKET_GLIBCXX: needs.glibcxx,
    };
    for (const format of new Set(values.format)) {
      const args = ['package', '--config', 'deploy/packages/nfpm.yaml', '--packager', format, '--target', output];
      const { status, stdout, stderr, error } = spawnSync(nfpmProgram(), args, { cwd: root, env, encoding: 'utf8' });
      if (status !== 0) {
        process.stderr.write(`nfpm could not make the .${format}: ${error?.message ?? `${stdout}${stderr}`.trim()}\n`);
        return 1;
      }
      const file = /created package: (.*)/.exec(stdout)?.[1] ?? '';
      console.log(`${file} (${Math.round(statSync(file).size / 2 ** 20)} MB)`);
    }
    return 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function wrong(what: string): number {
  process.stderr.write(`${what}\n\n${usage}`);
  return 64;
}
