/** The package database of this very host answers, and one that rpm made for the test. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageOwners, rpmOwners } from './packages.ts';

const owners = packageOwners();
const here = owners ? {} : { skip: 'this host is kept neither by dpkg nor by rpm' };

test('a program of the system is of a package, with its version; what is of none is absent', here, async () => {
  const shell = realpathSync('/bin/cat');
  const found = await owners!([shell, '/nowhere/at-all', '--help', '/usr/bin/*']);
  assert.deepEqual([...found.keys()], [shell]);
  assert.match(found.get(shell)!, /^coreutils\S* \d\S*$/);
});

test('where nothing is found there is no answer, and no error', here, async () => {
  assert.equal((await owners!(['/nowhere/at-all'])).size, 0);
  assert.equal((await owners!([])).size, 0);
});

test('a question can be ended', here, async () => {
  await assert.rejects(owners!([realpathSync('/bin/cat')], AbortSignal.abort()), { name: 'AbortError' });
});

test('a host of neither is asked nothing', () => assert.equal(packageOwners('/nowhere'), undefined));

const noRpm = spawnSync('rpmbuild', ['--version']).status !== 0 && { skip: 'rpmbuild is not here' };

test(
  'rpm gives each file its own package: one that is gone meanwhile has none, one of two packages has one',
  noRpm || {},
  async t => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'picket-rpm-')));
    t.after(() => rmSync(folder, { recursive: true }));
    const bin = join(folder, 'bin');
    const file = (name: string) => join(bin, name);
    mkdirSync(bin);
    for (const name of ['shared', 'own', 'dropper', 'last']) writeFileSync(file(name), name);
    const database = ['--dbpath', join(folder, 'database')];
    pack(folder, 'alpha', ['shared', 'own'].map(file), database);
    pack(folder, 'beta', ['shared', 'last'].map(file), database);
    const asked = ['gone', 'shared', 'dropper', 'own', 'dropper', 'gone', 'last'].map(file);
    const found = new Map(await rpmOwners(database)([...asked, '--help', '/proc/version']));
    assert.match(found.get(file('shared')) ?? '', /^(alpha|beta) 1-2$/);
    found.delete(file('shared'));
    assert.deepEqual(
      [...found],
      [
        [file('own'), 'alpha 1-2'],
        [file('last'), 'beta 1-2'],
      ],
    );
    assert.equal((await rpmOwners(database)([file('gone')])).size, 0);
  },
);

/** Makes a package of these files and writes it down in the database, as if they had come from it. */
function pack(folder: string, name: string, files: readonly string[], database: readonly string[]): void {
  const top = join(folder, name);
  mkdirSync(top);
  const install = files.map(file => `install -D /dev/null %{buildroot}${file}`);
  const head = [`Name: ${name}`, 'Version: 1', 'Release: 2', 'Summary: a test', 'License: none', 'BuildArch: noarch'];
  const spec = [...head, '%description', 'A test.', '%install', ...install, '%files', ...files, ''].join('\n');
  writeFileSync(join(top, 'spec'), spec);
  const quiet = { stdio: 'pipe', encoding: 'utf8' } as const;
  execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${top}`, join(top, 'spec')], quiet);
  const made = join(top, 'RPMS/noarch', `${name}-1-2.noarch.rpm`);
  execFileSync('rpm', [...database, '--install', '--justdb', '--nodeps', '--force', made], quiet);
}
